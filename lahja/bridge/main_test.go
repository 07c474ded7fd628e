package bridge_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja/bridge"
	"github.com/lahja/go-lahja/lahja/natsbus"
)

// childEnv marks a process that is a bridge: the directory and the server's URL.
const childEnv = "LAHJA_BRIDGE_CHILD"

func TestMain(m *testing.M) {
	if what := os.Getenv(childEnv); what != "" {
		fmt.Fprintln(os.Stderr, beBridge(what))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// beBridge runs a bridge until the process is killed, or its parent has gone.
func beBridge(what string) error {
	dir, url, _ := strings.Cut(what, " ")
	_, err := bridge.Start(context.Background(), bridge.Options{Sockets: dir, Export: []string{"*"}, Import: []string{"*"},
		NATS: &natsbus.Options{URL: url, Heartbeat: heartbeat}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	fmt.Println("started")
	_, err = bufio.NewReader(os.Stdin).ReadString('\n')
	return err
}

// process is a bridge in a process of its own.
type process struct {
	cmd    *exec.Cmd
	killed bool
}

// startProcess starts a bridge for the bus and waits until it runs.
func (j *joined) startProcess() *process {
	j.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+j.dir+" "+j.server.URL())
	cmd.Stderr = os.Stderr
	_, err := cmd.StdinPipe() // Its end tells the child that this process has gone.
	check(j.t, err)
	out, err := cmd.StdoutPipe()
	check(j.t, err)
	check(j.t, cmd.Start())
	p := &process{cmd: cmd}
	j.t.Cleanup(p.kill)
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "started\n" {
		j.t.Fatalf("the bridge's process says %q (%v)", line, err)
	}
	return p
}

// kill ends the process as a crash would.
func (p *process) kill() {
	if p.killed {
		return
	}
	p.killed = true
	_ = p.cmd.Process.Kill() // It may have ended.
	_ = p.cmd.Wait()
}

//go:build unix

package stress_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/lahja/transport/tcp/tcptest"
)

// childEnv marks a process that is a peer; the value is the address of the server.
// identityEnv holds the certificates with which it connects over TLS, as JSON.
const (
	childEnv    = "LAHJA_STRESS_CHILD"
	identityEnv = "LAHJA_STRESS_IDENTITY"
)

func TestMain(m *testing.M) {
	if address := os.Getenv(childEnv); address != "" {
		if err := beChild(address); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// beChild connects to the server, takes blobs, says how many have come when it is told to,
// and ends with its parent. It lets all blobs be under way to it: a socket may take as much
// as a window of the default's size, and from a peer that has it nothing can be dropped.
func beChild(address string) error {
	opts := &p2p.Options{Logger: slog.New(slog.DiscardHandler)}
	if !strings.HasPrefix(address, "/") {
		opts.Transport = tcp.Transport{}
	}
	if text := os.Getenv(identityEnv); text != "" {
		var identity tcptest.Identity
		if err := json.Unmarshal([]byte(text), &identity); err != nil {
			return err
		}
		opts.Transport = over(identity)
	}
	ctx := context.Background()
	ep, err := p2p.RunEndpoint(ctx, "child", opts)
	if err != nil {
		return err
	}
	came, last := 0, -1
	_, err = lahja.Subscribe(ep, func(_ context.Context, e lahja.Event[Blob]) error {
		if e.Data.N <= last {
			return fmt.Errorf("blob %d came after blob %d", e.Data.N, last)
		}
		came, last = came+1, e.Data.N
		return nil
	}, lahja.SubscribeConfig{QueueBytes: 2 * blobs * blobSize})
	if err != nil {
		return err
	}
	_, err = lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[Ping]) error {
		return nil // It never answers.
	})
	if err != nil {
		return err
	}
	if err := ep.ConnectToEndpoints(ctx, lahja.ConnectionConfig{Name: "server", Address: address}); err != nil {
		return err
	}
	fmt.Println("connected")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		if err := ep.Sync(ctx, "child"); err != nil {
			return err
		}
		fmt.Println(came, last)
	}
	return nil
}

// process is a child.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// start starts a child and waits until it has connected.
func start(t *testing.T, address string, env ...string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), childEnv+"="+address), env...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	p := &process{t: t, cmd: cmd, in: in, out: bufio.NewReader(out)}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // It may have ended.
		_ = cmd.Wait()
	})
	if line := p.line(); line != "connected" {
		t.Fatalf("the child says %q instead of that it has connected", line)
	}
	return p
}

func (p *process) line() string {
	p.t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("the child says nothing: %v", err)
	}
	return strings.TrimSpace(line)
}

// came is how many blobs the child has got, and the number of the last one.
func (p *process) came() (n, last int) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, "\n"); err != nil {
		p.t.Fatal(err)
	}
	if _, err := fmt.Sscan(p.line(), &n, &last); err != nil {
		p.t.Fatal(err)
	}
	return n, last
}

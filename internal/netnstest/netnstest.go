// Package netnstest has networks for tests (package netns), and runs the test's own program on their
// hosts: as a NATS server, or as whatever the test makes of it.
//
//	func TestMain(m *testing.M) {
//		netnstest.Act() // first thing
//		...
//	}
//
//	network := netnstest.Start(t, "east", "west")
//	netnstest.StartServer(t, network)
package netnstest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
	"github.com/lahja/go-lahja/tools/engine/netns"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
)

// startWait bounds how long it takes to make a network.
const startWait = 30 * time.Second

// Start makes hosts, until the end of the test. Where that cannot be, it skips the test and says why.
func Start(t testing.TB, hosts ...string) *netns.Network {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startWait)
	defer cancel()
	n, err := netns.Start(ctx, hosts...)
	if errors.Is(err, netns.ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// Process is this program on a host.
type Process struct {
	cmd   *exec.Cmd
	alive io.Closer
	ended chan struct{}
	err   error
}

// ready is what the program prints when it is.
const ready = "ready\n"

// Run starts this program on a host, with more in its environment, and returns when it is ready
// (UntilEnd).
func Run(host subprocess.Host, env ...string) (*Process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	line := append(host.Command, program)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	alive, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	_, unready := io.ReadFull(stdout, make([]byte, len(ready)))
	p := &Process{cmd: cmd, alive: alive, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		p.err = cmd.Wait()
	}()
	if unready != nil {
		return nil, fmt.Errorf("the program on %s did not get ready: %w", host.Name, errors.Join(unready, p.End()))
	}
	return p, nil
}

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// End lets the process end, and returns how it did.
func (p *Process) End() error {
	p.alive.Close()
	<-p.ended
	return p.err
}

// UntilEnd says that this program is ready, and returns when it is to end: the process that has
// started it says so, or has gone.
func UntilEnd() {
	fmt.Print(ready)
	_, _ = io.Copy(io.Discard, os.Stdin) // How it ends is how that process ended.
}

// ServerPort is where a server on the hub listens, and ServerURL where hosts reach it.
const (
	ServerPort = 4222
	ServerURL  = "nats://" + netns.HubAddress + ":4222"
)

// AsServer makes this program a NATS server; see Run.
const AsServer = "LAHJA_TEST_NETNS_SERVER=1"

// Act makes this process a NATS server if it was started as one: then it does not return. Call it
// first thing in TestMain.
func Act() {
	if os.Getenv("LAHJA_TEST_NETNS_SERVER") == "" {
		return
	}
	s, err := natstest.Start(&server.Options{Host: netns.HubAddress, Port: ServerPort})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	UntilEnd()
	s.Close()
	os.Exit(0)
}

// StartServer starts a NATS server on the hub that serves until the end of the test.
func StartServer(t testing.TB, n *netns.Network) {
	t.Helper()
	p, err := Run(n.Hub(), AsServer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.End(); err != nil {
			t.Errorf("the NATS server ended: %v", err)
		}
	})
}

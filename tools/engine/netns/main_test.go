package netns_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/natsengine"
	"github.com/lahja/go-lahja/tools/engine/netns"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/runner"
)

// Where the NATS server in the hub listens.
const (
	serverPort = 4222
	hubURL     = "nats://" + netns.HubAddress + ":4222"
)

// serverEnv makes this program a NATS server.
const serverEnv = "NETNS_TEST_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(serverEnv) != "" {
		os.Exit(serveNATS())
	}
	runner.Dispatch(runner.Suite{
		Scenarios: slices.Concat(scenarios.All(), outages, placement),
		Engines:   []engine.Engine{subprocess.On(onHub), subprocess.On(quick)},
	})
	os.Exit(m.Run())
}

var onHub = natsengine.At(hubURL)

// serveNATS runs a server until its parent has closed its standard input.
func serveNATS() int {
	s, err := natstest.Start(&server.Options{Host: netns.HubAddress, Port: serverPort})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer s.Close()
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin) // how it ends is how the parent ended
	return 0
}

// network makes hosts, or skips the test where that cannot be.
func network(t *testing.T) *netns.Network {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	n, err := netns.Start(ctx, "east", "west")
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

// startServer starts a NATS server in the hub and waits until it serves.
func startServer(t *testing.T, hub subprocess.Host) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	line := append(hub.Command, program)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env = append(os.Environ(), serverEnv+"=1")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the NATS server ended: %v", err)
		}
	})
	if _, err := io.ReadFull(stdout, make([]byte, len("ready\n"))); err != nil {
		t.Fatalf("the NATS server did not start: %v", err)
	}
}

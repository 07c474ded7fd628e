package agents_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/engine/agents"
	"github.com/lahja/go-lahja/tools/runner"
)

// startServer starts a NATS server with JetStream.
func startServer(t *testing.T) *natstest.Server {
	t.Helper()
	s, err := natstest.Start(&server.Options{JetStream: true, StoreDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// connect returns a connection of the test's own.
func connect(t *testing.T, url string) *nats.Conn {
	t.Helper()
	conn, err := nats.Connect(url, nats.MaxReconnects(-1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

// startAgents starts agents in this process, which trust anybody unless told otherwise.
func startAgents(t *testing.T, url string, n int, change func(*agents.AgentOptions)) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	ended := make(chan error, n)
	for i := range n {
		options := agents.AgentOptions{URL: url, ID: fmt.Sprint("a", i), Dir: t.TempDir(), Trust: agents.Trust{Anybody: true}, AllowRoot: true,
			Capacity: 200, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))}
		if change != nil {
			change(&options)
		}
		go func() { ended <- agents.Run(ctx, options) }()
	}
	t.Cleanup(func() {
		cancel(errors.New("the test is over"))
		for range n {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
	awaitAgents(t, connect(t, url), n)
}

// awaitAgents returns when that many agents are there.
func awaitAgents(t testing.TB, conn *nats.Conn, n int) []agents.Info {
	t.Helper()
	for {
		all, err := agents.List(t.Context(), conn)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) >= n {
			return all
		}
	}
}

// TestScenariosHoldOnAgents runs some of what TestScenariosHoldOnThreeMachinesForTwoPeopleAtOnce does,
// also where no machines can be made.
func TestScenariosHoldOnAgents(t *testing.T) {
	url := startServer(t).URL()
	startAgents(t, url, 2, nil)
	all := scenarios.All()
	for i := 0; i < len(all); i += 3 * len(all) / someOf {
		runner.Test(t, all[i:i+1], onTCP(url, agents.Options{}))
	}
}

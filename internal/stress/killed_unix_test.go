//go:build unix

package stress_test

import (
	"errors"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// TestKilledProcessIsNoticed kills a process (SIGKILL) that a request waits for, again and
// again: each time the endpoint notices, the request fails, and the name is free.
func TestKilledProcessIsNoticed(t *testing.T) {
	for _, name := range overProcesses {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t, transports[name])
			server := n.serve()
			var worst time.Duration
			kills := 0
			for stop := time.Now().Add(*stressTime); kills < 3 || time.Now().Before(stop); kills++ {
				child := start(t, n.config.Address)
				must(t, lahja.WaitUntilEndpointSubscribedTo[Ping](limited(t), server, "child"))
				failed := make(chan error, 1)
				go func() {
					_, err := lahja.Request(limited(t), server, Ping{})
					failed <- err
				}()
				must(t, server.Sync(limited(t), "child"))
				began := time.Now()
				must(t, child.cmd.Process.Kill())
				must(t, lahja.WaitUntilDisconnectedFrom(limited(t), server, "child"))
				worst = max(worst, time.Since(began))
				if err := <-failed; !errors.Is(err, lahja.ErrRemoteDisconnected) && !errors.Is(err, lahja.ErrNoSubscribers) {
					t.Errorf("the request ended with %v, want that its peer has gone", err)
				}
				_ = child.cmd.Wait() // It was killed.
			}
			t.Logf("%d processes were killed, each noticed within %v", kills, worst)
		})
	}
}

//go:build unix

package stress_test

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/inspect"
)

// overProcesses are the transports that reach another process.
var overProcesses = []string{"unix", "tcp"}

// TestStoppedProcessDelaysOthersByNoMoreThanItsPolicy stops a process (SIGSTOP) that
// receives, and broadcasts far more than there is room for, with every policy. Each event
// gets to another peer, whatever becomes of it at the one that stands still, and is counted.
func TestStoppedProcessDelaysOthersByNoMoreThanItsPolicy(t *testing.T) {
	for _, policy := range []lahja.SlowPolicy{lahja.Block, lahja.DropNewest, lahja.DropOldest, lahja.Disconnect} {
		for _, name := range overProcesses {
			t.Run(policy.String()+"/"+name, func(t *testing.T) { stopOne(t, newNetwork(t, transports[name]), policy) })
		}
	}
}

const (
	// blobs of blobSize are three times what a queue and a socket have room for.
	blobs    = 400
	blobSize = 64 << 10
	// blockWait is how long a broadcast waits for a peer.
	blockWait = 100 * time.Millisecond
)

// arrival is when a blob was handled.
type arrival struct {
	n  int
	at time.Time
}

func stopOne(t *testing.T, n *network, policy lahja.SlowPolicy) {
	n.opts.SlowPeer, n.opts.BlockWait, n.opts.CompressAbove = policy, blockWait, -1
	ended := make(chan error, 1)
	n.opts.Observer = func(o lahja.Observation) {
		if o.Endpoint == "server" && o.Kind == lahja.Disconnected && o.Peer == "child" {
			select {
			case ended <- o.Err:
			default:
			}
		}
	}
	server := n.serve()
	free := n.client("free")
	arrived := make(chan arrival, 1)
	_, err := lahja.Subscribe(free, func(_ context.Context, e lahja.Event[Blob]) error {
		arrived <- arrival{e.Data.N, time.Now()}
		return nil
	})
	must(t, err)
	n.connect(free)
	child := start(t, n.config.Address)
	must(t, lahja.WaitUntilEndpointSubscribedTo[Blob](limited(t), server, "child"))

	must(t, child.cmd.Process.Signal(syscall.SIGSTOP))
	var refused int
	var worst, longest time.Duration
	for i := range blobs {
		began := time.Now()
		err := lahja.Broadcast(limited(t), server, Blob{N: i, Data: make([]byte, blobSize)}, lahja.BroadcastConfig{NoWait: refused > 2})
		took := time.Since(began)
		switch {
		case err == nil:
		case policy == lahja.Block && errors.Is(err, lahja.ErrQueueFull):
			if refused++; refused <= 3 {
				longest = max(longest, took)
				if took < blockWait {
					t.Errorf("broadcast %d gave up after %v, want %v", i, took, blockWait)
				}
			}
		default:
			t.Fatalf("broadcast %d: %v", i, err)
		}
		other := <-arrived
		if other.n != i {
			t.Fatalf("the other peer got blob %d, want %d", other.n, i)
		}
		worst = max(worst, other.at.Sub(began))
		must(t, server.Sync(limited(t), "free")) // It knows what was taken.
	}
	must(t, child.cmd.Process.Signal(syscall.SIGCONT))

	report, _ := inspect.Endpoint(server)
	dropped := int(report.Totals.DroppedForPeers)
	if policy == lahja.Disconnect {
		select {
		case err := <-ended:
			if !errors.Is(err, lahja.ErrQueueFull) {
				t.Errorf("the connection ended for %v, want a full queue", err)
			}
		case <-limited(t).Done():
			t.Error("the connection to the process that stands still has not ended")
		}
		t.Logf("disconnected; the other peer had each blob within %v of its broadcast", worst)
		return
	}
	must(t, server.Sync(limited(t), "child"))
	came, last := child.came()
	if came+dropped+refused != blobs {
		t.Errorf("of %d blobs %d came, %d were counted as dropped, and of %d the broadcast failed", blobs, came, dropped, refused)
	}
	if policy == lahja.DropOldest && last != blobs-1 {
		t.Errorf("the last blob that came is number %d, want %d", last, blobs-1)
	}
	if dropped+refused == 0 {
		t.Errorf("nothing was dropped or refused: the queue was never full")
	}
	t.Logf("%d came, %d were dropped, %d refused (after %v at most); the other peer had each blob within %v of its broadcast", came, dropped, refused, longest, worst)
}

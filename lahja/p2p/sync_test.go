package p2p_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

func TestSyncWaitsUntilEverythingSentWasHandled(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		var handled atomic.Int64
		for range 3 {
			_, err := lahja.Subscribe(server, func(context.Context, lahja.Event[Tick]) error {
				runtime.Gosched()
				handled.Add(1)
				return nil
			})
			check(t, err)
		}
		n.connect(client, "server")
		for round := range 20 {
			for i := range 50 {
				check(t, lahja.Broadcast(t.Context(), client, Tick{N: i}))
			}
			check(t, client.Sync(limited(t), "server"))
			if got, want := handled.Load(), int64(3*50*(round+1)); got != want {
				t.Fatalf("%d were handled when Sync returned, want %d", got, want)
			}
		}
	})
}

func TestAfterSyncAllThatThePeerSentBeforeHasArrived(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
			return lahja.Broadcast(ctx, server, Tick{N: e.Data.N})
		})
		check(t, err)
		ticks := stream[Tick](t, client)
		n.connect(client, "server")
		for i := range 100 {
			check(t, lahja.Broadcast(t.Context(), client, Ping{N: i}))
			check(t, client.Sync(limited(t), "server"))
			if e, ok := ticks.TryNext(); !ok || e.Data.N != i {
				t.Fatalf("got %v, %v; want %d", e, ok, i)
			}
		}
	})
}

func TestSyncWithOneself(t *testing.T) {
	n := memoryNetwork(t)
	ep := n.run("a")
	handled := 0
	_, err := lahja.Subscribe(ep, func(context.Context, lahja.Event[Tick]) error { handled++; return nil })
	check(t, err)
	for i := range 100 {
		check(t, lahja.Broadcast(t.Context(), ep, Tick{N: i}))
	}
	check(t, ep.Sync(limited(t), "a"))
	if handled != 100 {
		t.Errorf("%d were handled, want 100", handled)
	}
}

func TestSyncWithOneselfInsideAHandlerLeavesThatHandlerOut(t *testing.T) {
	n := memoryNetwork(t)
	ep := n.run("a")
	synced := make(chan error, 1)
	_, err := lahja.Subscribe(ep, func(ctx context.Context, _ lahja.Event[Tick]) error {
		synced <- ep.Sync(ctx, "a")
		return nil
	})
	check(t, err)
	check(t, lahja.Broadcast(t.Context(), ep, Tick{}))
	check(t, <-synced)
}

func TestSyncDoesNotWaitForASubscriptionThatIsClosed(t *testing.T) {
	n := memoryNetwork(t)
	ep := n.run("a")
	running := make(chan struct{}, 1)
	sub, err := lahja.Subscribe(ep, func(ctx context.Context, _ lahja.Event[Tick]) error {
		running <- struct{}{}
		<-ctx.Done()
		return nil
	})
	check(t, err)
	for range 2 {
		check(t, lahja.Broadcast(t.Context(), ep, Tick{}))
	}
	<-running
	synced := make(chan error, 1)
	go func() { synced <- ep.Sync(limited(t), "a") }()
	sub.Close()
	check(t, <-synced)
}

func TestSyncWithAPeerThatIsNotThereOrLeaves(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		is(t, client.Sync(t.Context(), "server"), lahja.ErrRemoteDisconnected)
		running := make(chan struct{})
		_, err := lahja.Subscribe(server, func(ctx context.Context, _ lahja.Event[Tick]) error {
			close(running)
			<-ctx.Done()
			return nil
		})
		check(t, err)
		n.connect(client, "server")
		check(t, lahja.Broadcast(t.Context(), client, Tick{}))
		<-running
		synced := make(chan error, 1)
		go func() { synced <- client.Sync(limited(t), "server") }()
		check(t, server.Close())
		is(t, <-synced, lahja.ErrRemoteDisconnected)
	})
}

// The observer is told while the reader has not gone on yet.
func TestWhoIsToldOfAPeerCanSyncWithIt(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		var client *p2p.Endpoint
		synced := make(chan error, 1)
		n.serve("server")
		n.opts.Observer = func(o lahja.Observation) {
			if o.Kind == lahja.Connected {
				synced <- client.Sync(ended, "server")
			}
		}
		client = n.run("client")
		n.connect(client, "server")
		is(t, <-synced, context.Canceled) // and not that it is not connected
	})
}

package p2p_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

func TestShutdownLosesNothingThatWasBroadcast(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		const events = 1000
		server, client := n.serve("server"), n.run("client")
		ticks := stream[Tick](t, client)
		n.connect(client, "server")
		for i := range events {
			check(t, lahja.Broadcast(t.Context(), server, Tick{N: i}))
		}
		check(t, server.Shutdown(limited(t)))
		for i := range events {
			if e := next(t, ticks); e.Data.N != i {
				t.Fatalf("got %d, want %d", e.Data.N, i)
			}
		}
		if lahja.IsConnectedTo(client, "server") {
			t.Error("the client still lists the server")
		}
	})
}

func TestShutdownReceivesWhatPeersHadSent(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		const events = 1000
		server, client := n.serve("server"), n.run("client")
		ticks := stream[Tick](t, server)
		var handled atomic.Int64
		_, err := lahja.Subscribe(server, func(context.Context, lahja.Event[Tick]) error {
			handled.Add(1)
			return nil
		})
		check(t, err)
		n.connect(client, "server")
		for i := range events {
			check(t, lahja.Broadcast(t.Context(), client, Tick{N: i}))
		}
		check(t, server.Shutdown(limited(t)))
		if got := handled.Load(); got != events {
			t.Errorf("handled %d, want %d", got, events)
		}
		for i := range events {
			if e := next(t, ticks); e.Data.N != i {
				t.Fatalf("got %d, want %d", e.Data.N, i)
			}
		}
		_, err = ticks.Next(t.Context())
		is(t, err, lahja.ErrLifecycle)
	})
}

func TestShutdownSendsWhatItsHandlersStillBroadcast(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		release := make(chan struct{})
		_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
			<-release
			return e.Respond(ctx, Pong{N: e.Data.N})
		})
		check(t, err)
		pings, ticks := stream[Ping](t, server), stream[Tick](t, server)
		n.connect(client, "server")
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if got, err := lahja.Request(limited(t), client, Ping{N: i}); err != nil || got.Data.N != i {
					t.Errorf("got %v, %v; want %d", got, err, i)
				}
			})
		}
		for range 20 {
			next(t, pings)
		}
		// The reader has queued the last one for the handler too once it gets to
		// what comes after it.
		check(t, lahja.Broadcast(t.Context(), client, Tick{}))
		next(t, ticks)
		ended := make(chan error, 1)
		go func() { ended <- server.Shutdown(limited(t)) }()
		close(release)
		all.Wait()
		check(t, <-ended)
	})
}

func TestBothSidesShutDownAtOnce(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		for range 100 {
			server, client := n.serve("server"), n.run("client")
			a, b := stream[Tick](t, server), stream[Tick](t, client)
			n.connect(client, "server")
			var both sync.WaitGroup
			ends := []*p2p.Endpoint{server, client}
			for _, ep := range ends {
				for i := range 10 {
					check(t, lahja.Broadcast(t.Context(), ep, Tick{N: i}))
				}
			}
			for _, ep := range ends {
				both.Go(func() { check(t, ep.Shutdown(limited(t))) })
			}
			both.Wait()
			for _, s := range []*lahja.Stream[Tick]{a, b} {
				for range 20 {
					next(t, s)
				}
			}
		}
	})
}

func TestShutdownIsBounded(t *testing.T) {
	n := memoryNetwork(t)
	server := n.serve("server")
	n.join("server", "mute", nil)
	check(t, lahja.WaitUntilConnectedTo(limited(t), server, "mute"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := server.Shutdown(ctx)
	if text := is(t, err, context.Canceled); !strings.Contains(text, "did not hang up: mute") {
		t.Errorf("got %q, want the peer in it", text)
	}
	is(t, lahja.Broadcast(t.Context(), server, Tick{}), lahja.ErrLifecycle)
	check(t, server.Shutdown(t.Context()))
}

func TestShutdownCutsHandlersOffWhenItsContextEnds(t *testing.T) {
	n := memoryNetwork(t)
	ep := n.run("a")
	running := make(chan struct{})
	_, err := lahja.Subscribe(ep, func(ctx context.Context, _ lahja.Event[Tick]) error {
		close(running)
		<-ctx.Done()
		return nil
	})
	check(t, err)
	check(t, lahja.Broadcast(t.Context(), ep, Tick{}))
	<-running
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := ep.Shutdown(ctx); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "handlers") {
		t.Errorf("got %v, want handlers cut off", err)
	}
}

func TestShutdownIsBoundedWhileACloseLingers(t *testing.T) {
	n := memoryNetwork(t)
	n.opts.Linger = 20 * time.Second
	server, _, mute := stopped(t, n)
	fill(t, server)
	go server.Close()
	for server.Sync(limited(t), "server") == nil {
		runtime.Gosched()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if text := is(t, server.Shutdown(ctx), context.Canceled); !strings.Contains(text, "another close is under way") {
		t.Errorf("got %q, want what is under way in it", text)
	}
	check(t, mute.conn.Close())
}

func TestShutdownRefusesNewConnections(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		n.opts.ListenWait = time.Minute
		server, client := n.serve("server"), n.run("client")
		n.opts.ListenWait = 50 * time.Millisecond
		late := n.run("late")
		held, release := make(chan struct{}), make(chan struct{})
		letGo := sync.OnceFunc(func() { close(release) })
		defer letGo()
		_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
			close(held)
			<-release
			return lahja.Broadcast(ctx, server, Tick{N: e.Data.N})
		})
		check(t, err)
		ticks := stream[Tick](t, client)
		n.connect(client, "server")
		check(t, lahja.Broadcast(t.Context(), client, Ping{N: 7}))
		<-held
		waiting := make(chan error, 1)
		go func() { waiting <- server.ConnectToEndpoints(limited(t), n.config("nobody")) }()
		ended := make(chan error, 1)
		go func() { ended <- server.Shutdown(limited(t)) }()

		// That the attempt fails, which would have waited on, shows that the
		// shutdown has begun.
		is(t, <-waiting, lahja.ErrLifecycle)
		n.serve("other")
		is(t, server.ConnectToEndpoints(limited(t), n.config("other")), lahja.ErrLifecycle)
		err = late.ConnectToEndpoints(limited(t), n.config("server"))
		if !errors.Is(err, lahja.ErrNoListener) && !errors.Is(err, lahja.ErrConnectionAttemptRejected) {
			t.Errorf("a late connection: got %v, want a refusal or no listener", err)
		}
		select {
		case err := <-ended:
			t.Fatalf("the shutdown ended with %v while a handler ran", err)
		default:
		}
		letGo()
		if e := next(t, ticks); e.Data.N != 7 {
			t.Errorf("got %d of the handler that was held, want 7", e.Data.N)
		}
		check(t, <-ended)

		n.serve("server")
		n.connect(late, "server")
	})
}

// bare is an endpoint without a Shutdown of its own.
type bare struct{ lahja.EndpointAPI }

func TestShutdownWithAContextThatHasEndedFailsAndCloses(t *testing.T) {
	n := memoryNetwork(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, ep := range map[string]lahja.EndpointAPI{"a Shutdowner": n.run("a"), "another endpoint": bare{n.run("b")}} {
		t.Run(name, func(t *testing.T) {
			is(t, lahja.Shutdown(ended, ep), context.Canceled)
			is(t, lahja.Broadcast(t.Context(), ep, Tick{}), lahja.ErrLifecycle)
		})
	}
}

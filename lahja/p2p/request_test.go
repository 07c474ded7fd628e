package p2p_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

func TestRequestIsAnswered(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		answer(t, server)
		n.connect(client, "server")
		for _, ep := range []lahja.EndpointAPI{client, server} {
			got, err := lahja.Request(limited(t), ep, Ping{N: 1})
			check(t, err)
			if got.Data.N != 2 || got.Origin() != "server" {
				t.Errorf("%s got %v, want 2 from server", ep.Name(), got)
			}
		}
	})
}

func TestAnswerGoesToTheOriginAlone(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, a, b := n.serve("server"), n.run("a"), n.run("b")
		answer(t, server)
		overheard := stream[Pong](t, b)
		own := stream[Pong](t, a)
		n.connect(a, "server")
		n.connect(b, "server")
		got, err := lahja.Request(limited(t), a, Ping{N: 1})
		check(t, err)
		check(t, server.Sync(limited(t), "b"))
		if e, ok := overheard.TryNext(); ok {
			t.Errorf("b got %v, which answers a request of a", e)
		}
		if e := next(t, own); e.ID() != got.ID() || e.Answers() != got.Answers() {
			t.Errorf("the stream of a got %v, want the answer %v", e.ID(), got.ID())
		}
	})
}

func TestInternalRequestIsAnsweredInternally(t *testing.T) {
	n := memoryNetwork(t)
	ep := n.run("a")
	_, err := lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[Ping]) error {
		return lahja.Broadcast(ctx, ep, Pong{N: e.Data.N}, e.BroadcastConfig(true))
	})
	check(t, err)
	got, err := lahja.Request(limited(t), ep, Ping{N: 3}, lahja.BroadcastConfig{Internal: true})
	check(t, err)
	if got.Data.N != 3 || got.Origin() != "a" {
		t.Errorf("got %v, want 3 from a", got)
	}
}

func TestAnswerOfAnotherTypeIsAnError(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
			return e.Respond(ctx, Tick{})
		})
		check(t, err)
		n.connect(client, "server")
		_, err = lahja.Request(limited(t), client, Ping{})
		if text := is(t, err, lahja.ErrUnexpectedResponse); !strings.Contains(text, "got test/tick, want test/pong") {
			t.Errorf("got %q, want both types in it", text)
		}
	})
}

func TestFirstAnswerWinsAndLateOnesAreObserved(t *testing.T) {
	n := memoryNetwork(t)
	dropped := make(chan lahja.Observation, 10)
	n.opts.Observer = func(o lahja.Observation) {
		if o.Kind == lahja.EventDropped {
			dropped <- o
		}
	}
	server, client := n.serve("server"), n.run("client")
	_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
		return errors.Join(e.Respond(ctx, Pong{N: 1}), e.Respond(ctx, Pong{N: 2}))
	})
	check(t, err)
	n.connect(client, "server")
	got, err := lahja.Request(limited(t), client, Ping{})
	check(t, err)
	if got.Data.N != 1 {
		t.Errorf("got answer %d, want 1", got.Data.N)
	}
	if o := <-dropped; o.Answers != got.Answers() || o.Peer != "server" || o.Event != "test/pong" {
		t.Errorf("observed %+v, want the second answer", o)
	}
}

func TestRequestInsideHandler(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		answer(t, client)
		got := make(chan int, 1)
		_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Tick]) error {
			pong, err := lahja.Request(ctx, server, Ping{N: e.Data.N})
			got <- pong.Data.N
			return err
		})
		check(t, err)
		n.connect(client, "server")
		for i := range 200 { // with the handler's queue full of its own type
			check(t, lahja.Broadcast(t.Context(), client, Tick{N: i}))
		}
		for i := range 200 {
			if n := <-got; n != i+1 {
				t.Fatalf("got %d, want %d", n, i+1)
			}
		}
	})
}

func TestHandlerBroadcastsItsOwnType(t *testing.T) {
	n := memoryNetwork(t)
	ep := n.run("a")
	done := make(chan struct{})
	_, err := lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[Tick]) error {
		if e.Data.N == 0 {
			close(done)
			return nil
		}
		return lahja.Broadcast(ctx, ep, Tick{N: e.Data.N - 1})
	})
	check(t, err)
	check(t, lahja.Broadcast(t.Context(), ep, Tick{N: 1000}))
	<-done
}

func TestRequestToAPeerThatDiesFails(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		pings := stream[Ping](t, server)
		n.connect(client, "server")
		failed := make(chan error, 1)
		go func() {
			_, err := lahja.Request(limited(t), client, Ping{})
			failed <- err
		}()
		ping := next(t, pings)
		check(t, server.Close())
		if text := is(t, <-failed, lahja.ErrRemoteDisconnected); !strings.Contains(text, "server") {
			t.Errorf("got %q, want it to name the server", text)
		}
		is(t, ping.Respond(t.Context(), Pong{}), lahja.ErrLifecycle)
	})
}

func TestRequestOutlivesOneOfTwoReceivers(t *testing.T) {
	n := memoryNetwork(t)
	server, a, b := n.serve("server"), n.run("a"), n.run("b")
	pings := stream[Ping](t, b)
	stream[Ping](t, a)
	n.connect(a, "server")
	n.connect(b, "server")
	answered := make(chan error, 1)
	go func() {
		_, err := lahja.Request(limited(t), server, Ping{})
		answered <- err
	}()
	ping := next(t, pings)
	check(t, a.Close())
	check(t, lahja.WaitUntilDisconnectedFrom(limited(t), server, "a"))
	check(t, ping.Respond(t.Context(), Pong{}))
	check(t, <-answered)
}

func TestAnswerToAnOriginThatHasGoneIsAnError(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		pings := stream[Ping](t, server)
		n.connect(client, "server")
		go lahja.Request(limited(t), client, Ping{})
		ping := next(t, pings)
		check(t, client.Close())
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), server, "client"))
		if text := is(t, ping.Respond(t.Context(), Pong{}), lahja.ErrRemoteDisconnected); !strings.Contains(text, "client") {
			t.Errorf("got %q, want it to name the client", text)
		}
		// Another run of that name did not ask.
		again := n.run("client")
		n.connect(again, "server")
		is(t, ping.Respond(t.Context(), Pong{}), lahja.ErrRemoteDisconnected)
	})
}

func TestCancelledRequestIsForgotten(t *testing.T) {
	n := memoryNetwork(t)
	server, client := n.serve("server"), n.run("client")
	pings := stream[Ping](t, server)
	n.connect(client, "server")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		next(t, pings)
		cancel()
	}()
	_, err := lahja.Request(ctx, client, Ping{})
	is(t, err, context.Canceled)
	if n := p2p.PendingRequests(client); n != 0 {
		t.Errorf("%d requests are pending, want 0", n)
	}
}

package scenarios

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// contextTable checks the contexts of calls.
func contextTable() []d.Scenario {
	return []d.Scenario{
		d.Case("context/ended-fails-every-call",
			"A call whose context has ended does nothing and fails with the context's error, even if there is nothing to wait for.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(ticks),
				d.Stream(pings),
				d.ServeRequests(func(lahja.Event[Ping]) Pong { return Pong{} }),
				d.Signal("answering"),
				d.AwaitDriver("client"),
				d.Drain(ticks).InOrder(Tick{1}),
				d.Drain(pings).InOrder(Ping{N: 1})),
			d.New(d.ServeEndpoint("other"), d.Signal("serving"), d.AwaitDriver("client"), d.ConnectedEndpointsAre()),
			d.New(d.RunEndpoint("client"),
				d.Await("serving"),
				d.ConnectToEndpoints("server"),
				d.Await("answering"), // The stream has subscribed to pings before.
				d.WaitUntilEndpointSubscribedTo[Ping]("server"),
				d.Stream(ticks),
				d.WaitUntilSubscriptionsKnown(),
				d.Broadcast(Tick{1}),
				d.Do("make every call with a context that has ended", func(ctx context.Context, s *d.Scope) error {
					return callEverythingTooLate(ctx, s.Endpoint(), ticks.Get(s), s.Config("other"))
				}),
				d.NextFrom(ticks).Equal(Tick{1}),
				d.Sync("server"),
				d.Drain(ticks).InOrder())),

		d.Case("context/ends-what-waits", "A waiting call fails with its context's error soon after the context ends.",
			d.New(d.ServeEndpoint("server"),
				d.Subscribe(heldUpUntilReleased[Tick]),
				d.Stream(pings)), // Nobody answers them.
			d.New(d.RunEndpoint("client"),
				d.Subscribe(heldUpUntilReleased[Tick]),
				d.ConnectToEndpoints("server"),
				d.WaitUntilEndpointSubscribedTo[Ping]("server"),
				d.Broadcast(Tick{}),
				d.WaitUntilAllEndpointsSubscribedTo[Release](true), // Both handlers are blocked.
				d.Do("make every call that waits with a context that ends soon", func(ctx context.Context, s *d.Scope) error {
					return waitInVain(ctx, s.Endpoint(), s.Config("nobody"))
				}),
				d.Broadcast(Release{}),
				d.Sync("server"),
				d.ShutdownEndpoint())),
	}
}

// heldUpUntilReleased returns a handler that waits for a Release.
func heldUpUntilReleased[T any](ctx context.Context, s *d.Scope, _ lahja.Event[T]) error {
	_, err := lahja.WaitFor[Release](ctx, s.Endpoint())
	return err
}

// callEverythingTooLate makes every call with a context that has already ended, on a client that is
// connected to server. It repeats each call, because select chooses at random among ready cases.
func callEverythingTooLate(ctx context.Context, ep lahja.EndpointAPI, ticks *lahja.Stream[Tick], other lahja.ConnectionConfig) error {
	pong, err := lahja.TypeOf[Pong]()
	if err != nil {
		return err
	}
	// A peer's answer has arrived once the peer has answered a sync.
	answers, err := ep.Request(ctx, Ping{N: 1}, pong, lahja.BroadcastConfig{})
	if err != nil {
		return err
	}
	defer answers.Close()
	if err := ep.Sync(ctx, "server"); err != nil {
		return err
	}
	asks, err := lahja.NewStream[Ask](ep)
	if err != nil {
		return err
	}
	defer asks.Close()
	if err := lahja.Broadcast(ctx, ep, Ask{}, lahja.BroadcastConfig{Internal: true}); err != nil {
		return err
	}
	ask, err := asks.Next(ctx)
	if err != nil {
		return err
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	expired, cancel := context.WithTimeout(ctx, -time.Second)
	defer cancel()
	for _, ended := range []context.Context{cancelled, expired} {
		broadcast := func(config lahja.BroadcastConfig) func() error {
			return func() error { return lahja.Broadcast(ended, ep, Tick{N: 2}, config) }
		}
		calls := []call{
			{"broadcast", broadcast(lahja.BroadcastConfig{})},
			{"broadcast without waiting", broadcast(lahja.BroadcastConfig{NoWait: true})},
			{"broadcast to one", broadcast(lahja.BroadcastConfig{FilterEndpoints: []string{"server"}})},
			{"broadcast to itself", broadcast(lahja.BroadcastConfig{Internal: true})},
			{"broadcast to nobody", func() error {
				return lahja.Broadcast(ended, ep, Tock{}, lahja.BroadcastConfig{AllowNoSubscribers: true})
			}},
			{"respond", func() error { return ask.Respond(ended, Answer{}) }},
			{"request", func() error { _, err := lahja.Request(ended, ep, Ping{N: 2}); return err }},
			{"request all", func() error {
				all := lahja.RequestAll(ended, ep, Ping{N: 2})
				for range all.All() {
				}
				return all.Err()
			}},
			{"take an answer", func() error { _, err := answers.Next(ended); return err }},
			{"take from a stream", func() error { _, err := ticks.Next(ended); return err }},
			{"wait for an event", func() error { _, err := lahja.WaitFor[Tock](ended, ep); return err }},
			{"synchronise with a peer", func() error { return ep.Sync(ended, "server") }},
			{"synchronise with oneself", func() error { return ep.Sync(ended, ep.Name()) }},
			{"connect", func() error { return ep.ConnectToEndpoints(ended, other) }},
			{"wait for a change", func() error { _, err := ep.WaitForChange(ended, 0); return err }},
			{"wait until connected", func() error { return lahja.WaitUntilConnectedTo(ended, ep, "server") }},
			{"wait until disconnected", func() error { return lahja.WaitUntilDisconnectedFrom(ended, ep, "nobody") }},
			{"wait until subscribed", func() error { return lahja.WaitUntilAnyEndpointSubscribedTo[Tick](ended, ep) }},
			{"wait until subscriptions are known", func() error { return lahja.WaitUntilSubscriptionsKnown(ended, ep) }},
		}
		for _, c := range calls {
			for range 20 {
				if err := c.make(); !errors.Is(err, ended.Err()) {
					return fmt.Errorf("%s: got %v, want %v", c.name, err, ended.Err())
				}
			}
		}
	}
	_, err = answers.Next(ctx)
	return err
}

// waitInVain makes calls that wait in vain until their contexts end.
func waitInVain(ctx context.Context, ep lahja.EndpointAPI, nobody lahja.ConnectionConfig) error {
	tocks, err := lahja.NewStream[Tock](ep)
	if err != nil {
		return err
	}
	defer tocks.Close()
	if err := lahja.WaitUntilSubscriptionsKnown(ctx, ep); err != nil { // Nothing changes from now on.
		return err
	}
	now := ep.Peers().Version
	for _, c := range []waiting{
		{"synchronise with a peer", func(ctx context.Context) error { return ep.Sync(ctx, "server") }},
		{"synchronise with oneself", func(ctx context.Context) error { return ep.Sync(ctx, ep.Name()) }},
		{"request", func(ctx context.Context) error { _, err := lahja.Request(ctx, ep, Ping{}); return err }},
		{"take from a stream", func(ctx context.Context) error { _, err := tocks.Next(ctx); return err }},
		{"wait for a change", func(ctx context.Context) error { _, err := ep.WaitForChange(ctx, now); return err }},
		{"connect", func(ctx context.Context) error { return ep.ConnectToEndpoints(ctx, nobody) }},
	} {
		if err := endsWithItsContext(ctx, c.wait); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// endsWithItsContext expects a call to fail with its context's error once the context has ended.
func endsWithItsContext(ctx context.Context, wait func(context.Context) error) error {
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	returned := make(chan error, 1)
	go func() { returned <- wait(short) }()
	<-short.Done()
	select {
	case err := <-returned:
		if !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("got %w, want %w", err, context.DeadlineExceeded)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("it goes on although its context has ended: %w", context.Cause(ctx))
	}
}

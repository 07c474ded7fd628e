package scenarios

import (
	"context"
	"errors"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// contextTable is about the contexts of calls.
var contextTable = []drivers.Scenario{
	{
		Name: "context/ended-fails-every-call",
		Rule: "A call whose context has ended fails with the context's error, also where there is nothing to wait for, and does nothing.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server, other := env.Config("server"), env.Config("other")
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			serves := drivers.ServeRequests(func(lahja.Event[Ping]) Pong { return Pong{} })
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server), serves, drivers.Checkpoint("serving"), drivers.Checkpoint("done")),
				drivers.New(drivers.ServeEndpoint(other),
					drivers.Checkpoint("serving"),
					drivers.Checkpoint("done"),
					drivers.ConnectedEndpointsAre()),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("serving"),
					drivers.ConnectToEndpoints(server),
					drivers.Stream(ticks),
					drivers.WaitUntilSubscriptionsKnown(),
					drivers.Broadcast(Tick{N: 1}),
					drivers.Do("make every call with a context that has ended", func(ctx context.Context, s *drivers.Scope) error {
						return callEverythingTooLate(ctx, s.Endpoint(), ticks.Get(s), other)
					}),
					drivers.NextFrom(ticks, equals(Tick{N: 1})),
					drivers.Drain(ticks, exactly[Tick]()),
					drivers.Checkpoint("done")),
			}
		},
	},
}

// callEverythingTooLate makes every call that takes a context when that has ended, of a
// client that is connected to server. Each is made several times: which of two that are
// ready Go chooses is a matter of chance.
func callEverythingTooLate(ctx context.Context, ep lahja.EndpointAPI, ticks *lahja.Stream[Tick], other lahja.ConnectionConfig) error {
	ended, cancel := context.WithCancel(ctx)
	cancel()
	pong, err := lahja.TypeOf[Pong]()
	if err != nil {
		return err
	}
	// An answer of one peer has come once that has answered a sync.
	answers, err := ep.Request(ctx, Ping{}, pong, lahja.BroadcastConfig{})
	if err != nil {
		return err
	}
	defer answers.Close()
	if err := ep.Sync(ctx, "server"); err != nil {
		return err
	}
	calls := []call{
		{"broadcast", func() error { return lahja.Broadcast(ended, ep, Tick{N: 2}) }},
		{"broadcast to nobody", func() error {
			return lahja.Broadcast(ended, ep, Tock{}, lahja.BroadcastConfig{AllowNoSubscribers: true})
		}},
		{"request", func() error { _, err := lahja.Request(ended, ep, Ping{}); return err }},
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
			if err := c.make(); !errors.Is(err, context.Canceled) {
				return fmt.Errorf("%s: got %v, want %v", c.name, err, context.Canceled)
			}
		}
	}
	_, err = answers.Next(ctx)
	return err
}

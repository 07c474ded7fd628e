package scenarios

import (
	"context"
	"fmt"
	"slices"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// Broadcasts: which endpoints get an event, and what happens if none would.
var broadcastTable = slices.Concat(receiversTable, broadcastEventTable)

// receiversTable checks which endpoints get an event.
var receiversTable = []drivers.Scenario{
	{
		Name: "broadcast/client-to-server",
		Rule: "A client's broadcast reaches a server that waits for it.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server), drivers.WaitFor(equals(Tick{N: 1}))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitAnyThenBroadcast(Tick{N: 1})),
			}
		},
	},
	{
		Name: "broadcast/server-to-client",
		Rule: "A server's broadcast reaches a client that waits for it, over the connection that the client dialled.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server), drivers.WaitAnyThenBroadcast(Tick{N: 1})),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitFor(equals(Tick{N: 1}))),
			}
		},
	},
	{
		Name: "broadcast/no-listeners-throws",
		Rule: "A broadcast without subscribers is an error.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server), drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.Throws(drivers.Broadcast(Tick{}), lahja.ErrNoSubscribers),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "broadcast/no-listeners-allowed",
		Rule: "A broadcast without subscribers succeeds if its config does not require any.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server), drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.Broadcast(Tick{}, lahja.BroadcastConfig{AllowNoSubscribers: true}),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "broadcast/reaches-every-subscriber",
		Rule: "Every endpoint that subscribes to an event's type gets the event once, the sender included.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			hub := env.Config("hub")
			own := drivers.NewSlot[*lahja.Stream[Tick]]("own")
			all := []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(hub),
					drivers.Stream(own),
					drivers.WaitUntilConnectedTo("a"),
					drivers.WaitUntilConnectedTo("b"),
					drivers.WaitUntilConnectedTo("c"),
					drivers.WaitUntilAllEndpointsSubscribedTo[Tick](true),
					drivers.Broadcast(Tick{N: 7}),
					drivers.Sync(),
					drivers.Checkpoint("sent"),
					drivers.Drain(own, exactly(Tick{N: 7}))),
			}
			for _, name := range []string{"a", "b", "c"} {
				ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
				all = append(all, drivers.New(drivers.RunEndpoint(name),
					drivers.Stream(ticks),
					drivers.ConnectToEndpoints(hub),
					drivers.Checkpoint("sent"),
					drivers.Drain(ticks, exactly(Tick{N: 7}))))
			}
			return all
		},
	},
	{
		Name: "broadcast/received-event-throws",
		Rule: "A received event cannot be broadcast again, but its data can, as a new event.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			received := drivers.NewSlot[lahja.Event[Tick]]("received")
			rebroadcast := func(what func(lahja.Event[Tick]) any) func(context.Context, *drivers.Scope) error {
				return func(ctx context.Context, s *drivers.Scope) error {
					return lahja.Broadcast(ctx, s.Endpoint(), what(received.Get(s)))
				}
			}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.WaitFor(received.Save),
					drivers.WaitUntilEndpointSubscribedTo[Tick]("client"),
					drivers.Throws(drivers.Do("broadcast the event",
						rebroadcast(func(e lahja.Event[Tick]) any { return e })), lahja.ErrBind),
					drivers.Throws(drivers.Do("broadcast the event without its type",
						rebroadcast(func(e lahja.Event[Tick]) any { return e.Received() })), lahja.ErrBind),
					drivers.Do("broadcast the data", rebroadcast(func(e lahja.Event[Tick]) any { return e.Data })),
				),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilEndpointSubscribedTo[Tick]("server"),
					drivers.Broadcast(Tick{N: 3}),
					drivers.WaitFor(equals(Tick{N: 3}), from[Tick]("server"))),
			}
		},
	},
	{
		Name: "broadcast/config-keeps-the-check",
		Rule: "A config that does not mention subscribers keeps the check for them.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server), drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.Throws(drivers.Broadcast(Tick{}, lahja.BroadcastConfig{Internal: true}), lahja.ErrNoSubscribers),
					drivers.Throws(drivers.Broadcast(Tick{}, lahja.BroadcastConfig{NoWait: true}), lahja.ErrNoSubscribers),
					drivers.Throws(drivers.Broadcast(Tick{}, lahja.BroadcastConfig{FilterEndpoints: []string{"server"}}), lahja.ErrNoSubscribers),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "broadcast/origin-and-id",
		Rule: "A broadcast gives an event its origin, and an id that no other event on the bus has.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			const n = 200
			all := []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(ticks),
					drivers.Checkpoint("listening"),
					drivers.CollectFrom(ticks, 2*n, distinct(map[string]int{"a": n, "b": n}))),
			}
			for _, name := range []string{"a", "b"} {
				all = append(all, drivers.New(drivers.RunEndpoint(name),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.BroadcastEach(n, tick)))
			}
			return all
		},
	},
	{
		Name: "broadcast/origin-is-the-sender",
		Rule: "An event's origin is the endpoint that broadcast it, in handlers and in streams.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			pongs := drivers.NewSlot[*lahja.Stream[Pong]]("pongs")
			handled := drivers.NewSlot[[]lahja.Event[Pong]]("handled")
			const n = 20
			all := []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(pongs),
					drivers.Subscribe(drivers.Append(handled)),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("sent"),
					drivers.Drain(pongs, fromWhomTheySay(2*n)),
					drivers.Gathered(handled, fromWhomTheySay(2*n))),
			}
			for _, name := range []string{"a", "b"} {
				all = append(all, drivers.New(drivers.RunEndpoint(name),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.BroadcastEach(n, func(i int) Pong { return Pong{N: i, From: name} }),
					drivers.Sync("server"),
					drivers.Checkpoint("sent")))
			}
			return all
		},
	},
	{
		Name: "broadcast/nowait",
		Rule: "A broadcast that must not wait is delivered like any other if there is room.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(ticks),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("sent"),
					drivers.Drain(ticks, sequence(3, tick))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.BroadcastNowait(Tick{N: 0}),
					drivers.BroadcastNowait(Tick{N: 1}),
					drivers.BroadcastNowait(Tick{N: 2}),
					drivers.Sync("server"),
					drivers.Checkpoint("sent")),
			}
		},
	},
}

// distinct expects that many events from each origin, all with different ids.
func distinct(want map[string]int) drivers.On[[]lahja.Event[Tick]] {
	return func(_ context.Context, s *drivers.Scope, events []lahja.Event[Tick]) error {
		origins, ids := map[string]int{}, map[lahja.EventID]bool{}
		for _, e := range events {
			origins[e.Origin()]++
			ids[e.ID()] = true
		}
		s.Expect(origins).To(gomega.Equal(want))
		s.Expect(ids).To(gomega.HaveLen(len(events)), "ids that no other event has")
		s.Expect(ids).NotTo(gomega.HaveKey(lahja.EventID{}))
		return nil
	}
}

// fromWhomTheySay expects this many events, each from the endpoint that it names.
func fromWhomTheySay(n int) drivers.On[[]lahja.Event[Pong]] {
	return func(_ context.Context, _ *drivers.Scope, events []lahja.Event[Pong]) error {
		for i, e := range events {
			if e.Origin() != e.Data.From {
				return fmt.Errorf("event %d of %d has the origin %q, and %q broadcast it", i, len(events), e.Origin(), e.Data.From)
			}
		}
		if len(events) != n {
			return fmt.Errorf("%d events came, want %d", len(events), n)
		}
		return nil
	}
}

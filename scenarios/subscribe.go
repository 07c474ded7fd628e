package scenarios

import (
	"context"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// Subscriptions: what an endpoint gets, and what others know about it.
var subscribeTable = slices.Concat(subscribedTable, subscribeConfigTable)

// subscribedTable checks which types are subscribed to.
var subscribedTable = []drivers.Scenario{
	{
		Name: "subscribe/handler-stream-or-waiter",
		Rule: "An endpoint subscribes to a type exactly while it has a handler, a stream or a waiter for it.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			sub := drivers.NewSlot[*lahja.Subscription]("handler")
			stream := drivers.NewSlot[*lahja.Stream[Tick]]("stream")
			ignore := func(context.Context, *drivers.Scope, lahja.Event[Tick]) error { return nil }
			is, isNot := drivers.IsEndpointSubscribedTo[Tick]("client"), drivers.Not(drivers.IsEndpointSubscribedTo[Tick]("client"))
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					isNot,
					drivers.Subscribe(ignore, sub), is, drivers.Unsubscribe(sub), isNot,
					drivers.Stream(stream), is, drivers.CloseStream(stream), isNot,
					drivers.Background("waiter", drivers.WaitFor[Tick]()),
					drivers.WaitUntilEndpointSubscribedTo[Tick]("client"),
					drivers.Broadcast(Tick{}),
					drivers.Join("waiter"), isNot),
			}
		},
	},
	{
		Name: "subscribe/types-match-exactly",
		Rule: "A subscription gets only events of its exact type: none of another type with the same fields, or of a type that embeds it.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			tocks := drivers.NewSlot[*lahja.Stream[Tock]]("tocks")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(ticks),
					drivers.Stream(tocks),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("sent"),
					drivers.Drain(ticks, sequence(100, tick)),
					drivers.Drain(tocks, sequence(50, tock))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.Throws(drivers.Broadcast(Derived{Tick: Tick{N: 1}}), lahja.ErrNoSubscribers),
					drivers.BroadcastEach(100, tick),
					drivers.BroadcastEach(50, tock),
					drivers.BroadcastEach(50, func(i int) Derived { return Derived{Tick: tick(i)} },
						lahja.BroadcastConfig{AllowNoSubscribers: true}),
					drivers.Sync("server"),
					drivers.Checkpoint("sent")),
			}
		},
	},
	{
		Name:  "subscribe/known-when-waited-for",
		Rule:  "A subscriber can wait until all peers know its subscription, and then gets events at once.",
		Slack: 4,
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			all := []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("connected"),
					drivers.Repeat(10,
						drivers.ReceivesNothing[Tock](
							drivers.WaitUntilSubscriptionsKnown(),
							drivers.Checkpoint("known"),
							drivers.Checkpoint("looked")),
						drivers.WaitUntilSubscriptionsKnown(),
						drivers.Checkpoint("withdrawn"),
						drivers.Checkpoint("looked"))),
			}
			for _, name := range []string{"a", "b"} {
				all = append(all, drivers.New(drivers.RunEndpoint(name),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("connected"),
					drivers.Repeat(10,
						drivers.Checkpoint("known"),
						drivers.IsEndpointSubscribedTo[Tock]("server"),
						drivers.Checkpoint("looked"),
						drivers.Checkpoint("withdrawn"),
						drivers.Not(drivers.IsEndpointSubscribedTo[Tock]("server")),
						drivers.Throws(drivers.Broadcast(Tock{}), lahja.ErrNoSubscribers),
						drivers.Checkpoint("looked"))))
			}
			return all
		},
	},
	{
		Name: "subscribe/peers-know-the-whole-set",
		Rule: "Peers know all types that an endpoint subscribes to, after the set has grown and after it has shrunk.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(ticks),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("connected"),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tock]]("tocks")),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Ping]]("pings")),
					drivers.WaitUntilSubscriptionsKnown(),
					drivers.Checkpoint("grown"),
					drivers.Checkpoint("looked"),
					drivers.CloseStream(ticks),
					drivers.WaitUntilSubscriptionsKnown(),
					drivers.Checkpoint("shrunk"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					subscriptionsAre("server", typeName[Tick]()),
					drivers.Checkpoint("connected"),
					drivers.Checkpoint("grown"),
					subscriptionsAre("server", typeName[Ping](), typeName[Tick](), typeName[Tock]()),
					drivers.Checkpoint("looked"),
					drivers.Checkpoint("shrunk"),
					subscriptionsAre("server", typeName[Ping](), typeName[Tock]()),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "subscribe/unsubscribed-is-not-called",
		Rule: "An unsubscribed handler gets nothing more, and other handlers of the type still do.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			ended := drivers.NewSlot[*lahja.Subscription]("ended")
			before := drivers.NewSlot[[]lahja.Event[Tick]]("before")
			always := drivers.NewSlot[[]lahja.Event[Tick]]("always")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Subscribe(drivers.Append(before), ended),
					drivers.Subscribe(drivers.Append(always)),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("sent"),
					drivers.Unsubscribe(ended),
					drivers.Checkpoint("unsubscribed"),
					drivers.Checkpoint("sent"),
					drivers.Gathered(before, exactly(Tick{N: 1})),
					drivers.Gathered(always, exactly(Tick{N: 1}, Tick{N: 2}))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.Broadcast(Tick{N: 1}),
					drivers.Sync("server"),
					drivers.Checkpoint("sent"),
					drivers.Checkpoint("unsubscribed"),
					drivers.Broadcast(Tick{N: 2}),
					drivers.Sync("server"),
					drivers.Checkpoint("sent")),
			}
		},
	},
	{
		Name: "subscribe/unsubscribing-twice",
		Rule: "Unsubscribing twice does nothing more, affects no other subscription, and peers learn of the end.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			first := drivers.NewSlot[*lahja.Subscription]("first")
			second := drivers.NewSlot[*lahja.Subscription]("second")
			ignore := func(context.Context, *drivers.Scope, lahja.Event[Tick]) error { return nil }
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Subscribe(ignore, first),
					drivers.Subscribe(ignore, second),
					drivers.WaitUntilConnectedTo("client"),
					drivers.Unsubscribe(first),
					drivers.Unsubscribe(first),
					drivers.WaitUntilSubscriptionsKnown(),
					drivers.Checkpoint("one is left"),
					drivers.Checkpoint("looked"),
					drivers.Unsubscribe(second),
					drivers.Unsubscribe(second),
					drivers.WaitUntilSubscriptionsKnown(),
					drivers.Checkpoint("none is left"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("one is left"),
					drivers.IsEndpointSubscribedTo[Tick]("server"),
					drivers.Broadcast(Tick{}),
					drivers.Sync("server"),
					drivers.Checkpoint("looked"),
					drivers.Checkpoint("none is left"),
					drivers.Not(drivers.IsEndpointSubscribedTo[Tick]("server")),
					drivers.Throws(drivers.Broadcast(Tick{}), lahja.ErrNoSubscribers),
					drivers.Checkpoint("done")),
			}
		},
	},
}

// subscriptionsAre holds if the endpoint subscribes to exactly these types, as far as the driver's
// endpoint knows.
func subscriptionsAre(name string, want ...string) drivers.Action {
	return drivers.ExpectEndpointFunc(name+" subscribes to exactly those", func(ep lahja.EndpointAPI) error {
		if have := lahja.GetConnectedEndpointsAndSubscriptions(ep)[name]; !slices.Equal(have, want) {
			return fmt.Errorf("%s subscribes to %v, want %v", name, have, want)
		}
		return nil
	})
}

// typeName returns the wire name of T.
func typeName[T any]() string {
	t, err := lahja.TypeOf[T]()
	if err != nil {
		panic(err)
	}
	return t.Name
}

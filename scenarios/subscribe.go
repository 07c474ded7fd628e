package scenarios

import (
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// subscribedTable checks which types are subscribed to.
func subscribedTable() []d.Scenario {
	return []d.Scenario{
		d.Case("subscribe/handler-stream-or-waiter",
			"An endpoint subscribes to a type exactly while it has a handler, a stream or a waiter for it.",
			d.New(d.RunEndpoint("client"),
				d.DoesNotHold(d.IsEndpointSubscribedTo[Tick]("client")),
				d.Subscribe(ignore[Tick], first),
				d.IsEndpointSubscribedTo[Tick]("client"),
				d.Unsubscribe(first),
				d.DoesNotHold(d.IsEndpointSubscribedTo[Tick]("client")),
				d.Stream(ticks),
				d.IsEndpointSubscribedTo[Tick]("client"),
				d.CloseStream(ticks),
				d.DoesNotHold(d.IsEndpointSubscribedTo[Tick]("client")),
				d.Background("waiter", d.WaitFor[Tick]()),
				d.WaitUntilEndpointSubscribedTo[Tick]("client"),
				d.Broadcast(Tick{}),
				d.Join("waiter"),
				d.DoesNotHold(d.IsEndpointSubscribedTo[Tick]("client")))),

		d.Case("subscribe/types-match-exactly",
			"A subscription gets only events of its exact type: none of another type with the same fields, or of a type that embeds it.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(ticks),
				d.Stream(tocks),
				d.AwaitDriver("client"),
				d.Drain(ticks).InOrder(d.Series(100, tick)...),
				d.Drain(tocks).InOrder(d.Series(50, tock)...)),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Tock](),
				d.Throws(d.Broadcast(Derived{Tick: Tick{N: 1}}), lahja.ErrNoSubscribers),
				d.BroadcastEach(100, tick),
				d.BroadcastEach(50, tock),
				d.BroadcastEach(50, func(i int) Derived { return Derived{Tick: tick(i)} }, evenToNobody),
				d.Sync("server"))),

		d.Case("subscribe/known-when-waited-for",
			"A subscriber can wait until all peers know its subscription, and then gets events at once.",
			d.New(d.ServeEndpoint("server"),
				d.WaitUntilConnectedTo("a"),
				d.WaitUntilConnectedTo("b"),
				d.Repeat(10,
					d.ReceivesNothing[Tock](d.Checkpoint("known"), d.Checkpoint("looked")),
					d.WaitUntilSubscriptionsKnown(),
					d.Checkpoint("withdrawn"),
					d.Checkpoint("looked"))),
			d.New(d.RunEndpoint("a"), d.ConnectToEndpoints("server"), d.Repeat(10, looksForTock()...)),
			d.New(d.RunEndpoint("b"), d.ConnectToEndpoints("server"), d.Repeat(10, looksForTock()...))).WithSlack(4),

		d.Case("subscribe/peers-know-the-whole-set",
			"Peers know all types that an endpoint subscribes to, after the set has grown and after it has shrunk.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(ticks),
				d.Await("seen"),
				d.Stream(tocks),
				d.Stream(pings),
				d.WaitUntilSubscriptionsKnown(),
				d.Signal("grown"),
				d.Await("seen"),
				d.CloseStream(ticks),
				d.WaitUntilSubscriptionsKnown()),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilEndpointSubscribedTo[Tick]("server"),
				subscriptionsAre("server", typeName[Tick]()),
				d.Signal("seen"),
				d.Await("grown"),
				subscriptionsAre("server", typeName[Ping](), typeName[Tick](), typeName[Tock]()),
				d.Signal("seen"),
				d.AwaitDriver("server"),
				subscriptionsAre("server", typeName[Ping](), typeName[Tock]()))),

		d.Case("subscribe/unsubscribed-is-not-called",
			"An unsubscribed handler gets nothing more, and other handlers of the type still do.",
			d.New(d.ServeEndpoint("server"),
				d.Subscribe(d.Append(before), first),
				d.Subscribe(d.Append(handled)),
				d.Signal("listening"),
				d.Await("sent"),
				d.Unsubscribe(first),
				d.Signal("listening"),
				d.AwaitDriver("client"),
				d.Gathered(before).InOrder(Tick{N: 1}),
				d.Gathered(handled).InOrder(Tick{N: 1}, Tick{N: 2})),
			d.New(d.RunEndpoint("client"),
				d.Await("listening"),
				d.ConnectToEndpoints("server"),
				d.Broadcast(Tick{N: 1}),
				d.Sync("server"),
				d.Signal("sent"),
				d.Await("listening"),
				d.Broadcast(Tick{N: 2}),
				d.Sync("server"))),

		d.Case("subscribe/unsubscribing-twice",
			"Unsubscribing twice does nothing more, affects no other subscription, and peers learn of the end.",
			d.New(d.ServeEndpoint("server"),
				d.Subscribe(ignore[Tick], first),
				d.Subscribe(ignore[Tick], second),
				d.WaitUntilConnectedTo("client"),
				d.Unsubscribe(first),
				d.Unsubscribe(first),
				d.WaitUntilSubscriptionsKnown(),
				d.Signal("one is left"),
				d.Await("looked"),
				d.Unsubscribe(second),
				d.Unsubscribe(second),
				d.WaitUntilSubscriptionsKnown()),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.Await("one is left"),
				d.IsEndpointSubscribedTo[Tick]("server"),
				d.Broadcast(Tick{}),
				d.Sync("server"),
				d.Signal("looked"),
				d.AwaitDriver("server"),
				d.DoesNotHold(d.IsEndpointSubscribedTo[Tick]("server")),
				d.Throws(d.Broadcast(Tick{}), lahja.ErrNoSubscribers))),
	}
}

// Two subscriptions, and what a handler gets before it is unsubscribed.
var (
	first  = d.NewSlot[*lahja.Subscription]("first")
	second = d.NewSlot[*lahja.Subscription]("second")
	before = d.NewSlot[[]lahja.Event[Tick]]("before")
)

// looksForTock looks whether the server subscribes to Tock, when it does and when it does not.
func looksForTock() []d.Action {
	return []d.Action{
		d.Checkpoint("known"),
		d.IsEndpointSubscribedTo[Tock]("server"),
		d.Checkpoint("looked"),
		d.Checkpoint("withdrawn"),
		d.DoesNotHold(d.IsEndpointSubscribedTo[Tock]("server")),
		d.Throws(d.Broadcast(Tock{}), lahja.ErrNoSubscribers),
		d.Checkpoint("looked"),
	}
}

// subscriptionsAre holds if the endpoint subscribes to exactly these types, as far as the driver's
// endpoint knows.
func subscriptionsAre(name string, want ...string) d.Action {
	return d.ExpectEndpointFunc(name+" subscribes to exactly those", func(ep lahja.EndpointAPI) error {
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

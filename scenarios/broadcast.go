package scenarios

import (
	"context"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// receiversTable checks which endpoints get an event.
func receiversTable() []d.Scenario {
	return []d.Scenario{
		d.Case("broadcast/client-to-server", "A client's broadcast reaches a server that waits for it.",
			d.New(d.ServeEndpoint("server"), d.Receives(Tick{1})),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitAnyThenBroadcast(Tick{1}),
				d.ShutdownEndpoint())),

		d.Case("broadcast/server-to-client",
			"A server's broadcast reaches a client that waits for it, over the connection that the client dialled.",
			d.New(d.ServeEndpoint("server"), d.WaitAnyThenBroadcast(Tick{1}), d.CloseEndpoint()),
			d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.Receives(Tick{1}))),

		d.Case("broadcast/no-listeners-throws", "A broadcast without subscribers is an error.",
			d.New(d.ServeEndpoint("server")),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.Throws(d.Broadcast(Tick{}), lahja.ErrNoSubscribers))),

		d.Case("broadcast/no-listeners-allowed", "A broadcast without subscribers succeeds if its config does not require any.",
			d.New(d.ServeEndpoint("server")),
			d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.Broadcast(Tick{}, evenToNobody))),

		d.Case("broadcast/reaches-every-subscriber",
			"Every endpoint that subscribes to an event's type gets the event once, the sender included.",
			d.New(d.ServeEndpoint("hub"),
				d.Stream(ticks),
				d.WaitUntilConnectedTo("a", "b", "c"),
				d.WaitUntilAllEndpointsSubscribedTo[Tick](true),
				d.Broadcast(Tick{7}),
				d.Sync(),
				d.Drain(ticks).InOrder(Tick{7})),
			receivesSeven("a"), receivesSeven("b"), receivesSeven("c")),

		d.Case("broadcast/received-event-throws", "A received event cannot be broadcast again, but its data can, as a new event.",
			d.New(d.ServeEndpoint("server"),
				d.WaitFor[Tick]().Into(received),
				d.WaitUntilEndpointSubscribedTo[Tick]("client"),
				d.Throws(d.Do("broadcast the event", again(func(e lahja.Event[Tick]) any { return e })), lahja.ErrBind),
				d.Throws(d.Do("broadcast the event without its type", again(func(e lahja.Event[Tick]) any { return e.Received() })), lahja.ErrBind),
				d.Do("broadcast the data", again(func(e lahja.Event[Tick]) any { return e.Data }))),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilEndpointSubscribedTo[Tick]("server"),
				d.Broadcast(Tick{3}),
				d.Receives(Tick{3}).From("server"))),

		d.Case("broadcast/config-keeps-the-check", "A config that does not mention subscribers keeps the check for them.",
			d.New(d.ServeEndpoint("server")),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.Throws(d.Broadcast(Tick{}, internal), lahja.ErrNoSubscribers),
				d.Throws(d.Broadcast(Tick{}, lahja.BroadcastConfig{NoWait: true}), lahja.ErrNoSubscribers),
				d.Throws(d.Broadcast(Tick{}, only("server")), lahja.ErrNoSubscribers))),

		d.Case("broadcast/origin-and-id", "A broadcast gives an event its origin, and an id that no other event on the bus has.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(ticks),
				d.CollectFrom(ticks, 400).Then(distinct(map[string]int{"a": 200, "b": 200}))),
			sendsTicks("a", 200), sendsTicks("b", 200)),

		d.Case("broadcast/origin-is-the-sender", "An event's origin is the endpoint that broadcast it, in handlers and in streams.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(answered),
				d.Subscribe(d.Append(handledAnswers)),
				d.Signal("listening"),
				d.Await("sent"),
				d.Drain(answered).BySender(map[string][]Pong{"a": d.Series(20, pongOf("a")), "b": d.Series(20, pongOf("b"))}),
				d.Gathered(handledAnswers).BySender(map[string][]Pong{"a": d.Series(20, pongOf("a")), "b": d.Series(20, pongOf("b"))})),
			sendsPongs("a", 20), sendsPongs("b", 20)),

		d.Case("broadcast/nowait", "A broadcast that must not wait is delivered like any other if there is room.",
			d.New(d.ServeEndpoint("server"), d.Stream(ticks), d.AwaitDriver("client"), d.Drain(ticks).InOrder(Tick{0}, Tick{1}, Tick{2})),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Tick](),
				d.BroadcastNowait(Tick{0}),
				d.BroadcastNowait(Tick{1}),
				d.BroadcastNowait(Tick{2}),
				d.Sync("server"))),
	}
}

var (
	received       = d.NewSlot[lahja.Event[Tick]]("received")
	answered       = d.NewSlot[*lahja.Stream[Pong]]("answered")
	handledAnswers = d.NewSlot[[]lahja.Event[Pong]]("handled answers")
)

func receivesSeven(name string) *d.Driver {
	return d.New(d.RunEndpoint(name), d.Stream(ticks), d.ConnectToEndpoints("hub"), d.AwaitDriver("hub"), d.Drain(ticks).InOrder(Tick{7}))
}

// again broadcasts something of the received event.
func again(what func(lahja.Event[Tick]) any) func(context.Context, *d.Scope) error {
	return func(ctx context.Context, s *d.Scope) error {
		return lahja.Broadcast(ctx, s.Endpoint(), what(received.Get(s)))
	}
}

func sendsTicks(name string, n int) *d.Driver {
	return d.New(d.RunEndpoint(name),
		d.ConnectToEndpoints("server"),
		d.WaitUntilAnyEndpointSubscribedTo[Tick](),
		d.BroadcastEach(n, tick))
}

func pongOf(name string) func(i int) Pong { return func(i int) Pong { return Pong{N: i, From: name} } }

func sendsPongs(name string, n int) *d.Driver {
	return d.New(d.RunEndpoint(name),
		d.ConnectToEndpoints("server"),
		d.Await("listening"),
		d.WaitUntilAnyEndpointSubscribedTo[Pong](),
		d.BroadcastEach(n, pongOf(name)),
		d.Sync("server"),
		d.Signal("sent"))
}

// distinct expects that many events from each origin, all with different ids.
func distinct(want map[string]int) d.On[[]lahja.Event[Tick]] {
	return func(_ context.Context, s *d.Scope, events []lahja.Event[Tick]) error {
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

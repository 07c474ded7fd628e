package scenarios

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// unansweredTable checks requests without a proper answer.
func unansweredTable() []d.Scenario {
	return []d.Scenario{
		d.Case("request/without-subscriber-throws", "A request without subscribers is an error at once.",
			d.New(d.ServeEndpoint("server")),
			d.New(d.RunEndpoint("client"), d.Throws(d.Request(Ping{}), lahja.ErrNoSubscribers))),

		d.Case("request/answer-of-another-type-throws",
			"An answer of an unexpected type is an error, and the next request works.",
			d.New(d.ServeEndpoint("server"),
				d.Subscribe(func(ctx context.Context, _ *d.Scope, ping lahja.Event[Ping]) error {
					return ping.Respond(ctx, Answer{N: 1})
				}),
				d.ServeRequests(func(lahja.Event[Ask]) Answer { return Answer{N: 2} })),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Ask](),
				d.Throws(d.Request(Ping{}), lahja.ErrUnexpectedResponse),
				d.Request(Ask{}).Returns(Answer{N: 2}))),

		d.Case("request/cancelled",
			"A cancelled request leaves nothing behind: no other request takes its late answer.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(pings),
				d.NextFrom(pings).Into(asked),
				d.WaitAnyThenBroadcast(Release{}),
				d.Await("given up"),
				d.Respond(asked, Pong{N: 1}),
				d.NextFrom(pings).Into(asked),
				d.Respond(asked, Pong{N: 2})),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Ping](),
				d.Throws(d.Do("give up a request that has arrived", requestUntilReleased), context.Canceled),
				d.Signal("given up"),
				d.Request(Ping{N: 2}).Returns(Pong{N: 2}))),

		d.Case("request/only-who-was-asked-answers",
			"An answer from an endpoint that was not asked is dropped: neither the request nor a stream gets it.",
			d.New(d.ServeEndpoint("client"),
				d.Stream(pongStream),
				d.WaitUntilEndpointSubscribedTo[Ping]("trusted"),
				d.WaitUntilConnectedTo("mallory"),
				d.RequestWith(Ping{}, only("trusted")).Returns(Pong{From: "trusted"}),
				d.Sync("trusted"), // A stream may get the answer after the request.
				d.Drain(pongStream).InOrder(Pong{From: "trusted"})),
			d.New(d.ServeEndpoint("mallory"),
				d.ConnectToEndpoints("client"),
				d.WaitFor[Leak]().Then(forgeAnswer("client")),
				d.Sync("client")),
			d.New(d.RunEndpoint("trusted"),
				d.ConnectToEndpoints("client", "mallory"),
				d.WaitFor[Ping]().Into(asked),
				d.WaitUntilEndpointSubscribedTo[Leak]("mallory"),
				d.Do("tell mallory the request's id", leak("mallory")),
				d.AwaitDriver("mallory"),
				d.Respond(asked, Pong{From: "trusted"}))).Varying("ids are random, and one endpoint sends them to another"),

		d.Case("request/peer-that-goes-fails-it",
			"A request to a peer that disappears fails at once, with an error that names the peer.",
			unanswered(d.CloseEndpoint())...),

		d.Case("request/peer-that-leaves-fails-it",
			"A request to a peer that shuts down without answering fails, with an error that names the peer.",
			unanswered(d.ShutdownEndpoint())...),

		d.Case("request/one-of-two-goes", "A request keeps waiting while a peer that can answer it is left.",
			d.New(d.ServeEndpoint("goes"),
				d.Stream(pings),
				d.NextFrom(pings),
				d.Await("asked"),
				d.CloseEndpoint()),
			d.New(d.ServeEndpoint("stays"),
				d.Stream(pings),
				d.NextFrom(pings).Into(asked),
				d.Signal("asked"),
				d.Await("gone"),
				d.Respond(asked, Pong{From: "stays"})),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("goes", "stays"),
				d.WaitUntilAllEndpointsSubscribedTo[Ping](false),
				d.Background("request", d.Request(Ping{}).Returns(Pong{From: "stays"})),
				d.WaitUntilDisconnectedFrom("goes"),
				d.Signal("gone"),
				d.Join("request"))),

		d.Case("request/answering-who-has-gone-throws", "Answering an origin that is gone is an error.",
			d.New(d.ServeEndpoint("server"),
				d.WaitFor[Ping]().Into(asked),
				d.Signal("asked"),
				d.WaitUntilDisconnectedFrom("client"),
				d.Throws(d.Respond(asked, Pong{}), lahja.ErrRemoteDisconnected)),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Ping](),
				d.Background("request", d.Throws(d.Request(Ping{}), lahja.ErrLifecycle)),
				d.Await("asked"),
				d.CloseEndpoint(),
				d.Join("request"))),
	}
}

var pongStream = d.NewSlot[*lahja.Stream[Pong]]("pongs")

// unanswered makes a server end instead of answering a request.
func unanswered(end d.Action) []*d.Driver {
	return []*d.Driver{
		d.New(d.ServeEndpoint("server"), d.WaitFor[Ping](), end),
		d.New(d.RunEndpoint("client"),
			d.ConnectToEndpoints("server"),
			d.ThrowsAs(d.WaitAnyThenRequest(Ping{}), goneInstead("server"))),
	}
}

// leak sends the id of the request that was asked to another endpoint.
func leak(to string) func(context.Context, *d.Scope) error {
	return func(ctx context.Context, s *d.Scope) error {
		id := asked.Get(s).ID()
		return lahja.Broadcast(ctx, s.Endpoint(), Leak{Instance: id.Instance, Sequence: id.Sequence}, only(to))
	}
}

// forgeAnswer answers a request that another endpoint got.
func forgeAnswer(origin string) d.On[lahja.Event[Leak]] {
	return func(ctx context.Context, s *d.Scope, e lahja.Event[Leak]) error {
		return lahja.Broadcast(ctx, s.Endpoint(), Pong{From: s.Endpoint().Name()}, lahja.BroadcastConfig{
			FilterEndpoints: []string{origin},
			FilterEventID:   lahja.EventID{Instance: e.Data.Instance, Sequence: e.Data.Sequence}})
	}
}

// requestUntilReleased sends a request and gives up when a Release comes.
func requestUntilReleased(ctx context.Context, s *d.Scope) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	release, err := lahja.Subscribe(s.Endpoint(), func(context.Context, lahja.Event[Release]) error {
		cancel()
		return nil
	})
	if err != nil {
		return err
	}
	defer release.Close()
	_, err = lahja.Request(ctx, s.Endpoint(), Ping{N: 1})
	return err
}

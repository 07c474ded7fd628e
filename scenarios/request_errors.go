package scenarios

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// unansweredTable checks requests without a proper answer.
var unansweredTable = []drivers.Scenario{
	{
		Name: "request/without-subscriber-throws",
		Rule: "A request without subscribers is an error at once.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(env.Config("server"))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Throws(drivers.Request(Ping{}), lahja.ErrNoSubscribers)),
			}
		},
	},
	{
		Name: "request/answer-of-another-type-throws",
		Rule: "An answer of an unexpected type is an error, and the next request works.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Subscribe(respond[Ping](Answer{N: 1})),
					drivers.Subscribe(respond[Ask](Answer{N: 2})),
					drivers.Checkpoint("serving"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("serving"),
					drivers.ConnectToEndpoints(server),
					drivers.Throws(drivers.Request(Ping{}), lahja.ErrUnexpectedResponse),
					drivers.Request(Ask{}, equals(Answer{N: 2})),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "request/cancelled",
		Rule: "A cancelled request leaves nothing behind: no other request takes its late answer.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			pings := drivers.NewSlot[*lahja.Stream[Ping]]("pings")
			late := drivers.NewSlot[lahja.Event[Ping]]("late")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(pings),
					drivers.Checkpoint("serving"),
					drivers.NextFrom(pings, late.Save),
					drivers.WaitAnyThenBroadcast(Release{}),
					drivers.Checkpoint("given up"),
					drivers.Respond(late, Pong{N: 1}),
					drivers.NextFrom(pings, respond[Ping](Pong{N: 2}))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("serving"),
					drivers.ConnectToEndpoints(server),
					drivers.Throws(drivers.Do("give up a request that has arrived", requestUntilReleased), context.Canceled),
					drivers.Checkpoint("given up"),
					drivers.Request(Ping{N: 2}, equals(Pong{N: 2}))),
			}
		},
	},
	{
		Name:   "request/only-who-was-asked-answers",
		Rule:   "An answer from an endpoint that was not asked is dropped: neither the request nor a stream gets it.",
		Varies: "ids are random, and one endpoint sends them to another",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			client, mallory := env.Config("client"), env.Config("mallory")
			pongs := drivers.NewSlot[*lahja.Stream[Pong]]("pongs")
			asked := drivers.NewSlot[lahja.Event[Ping]]("asked")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(client),
					drivers.Stream(pongs),
					drivers.WaitUntilEndpointSubscribedTo[Ping]("trusted"),
					drivers.WaitUntilConnectedTo("mallory"),
					drivers.Checkpoint("connected"),
					drivers.RequestWith(Ping{}, lahja.BroadcastConfig{FilterEndpoints: []string{"trusted"}}, equals(Pong{From: "trusted"})),
					drivers.Sync("trusted"), // A stream may get the answer after the request.
					drivers.Checkpoint("answered"),
					drivers.Drain(pongs, exactly(Pong{From: "trusted"}))),
				drivers.New(drivers.ServeEndpoint(mallory),
					drivers.ConnectToEndpoints(client),
					drivers.WaitFor(forgeAnswer("client")),
					drivers.Sync("client"),
					drivers.Checkpoint("forged"),
					drivers.Checkpoint("answered")),
				drivers.New(drivers.RunEndpoint("trusted"),
					drivers.ConnectToEndpoints(client, mallory),
					drivers.WaitUntilEndpointSubscribedTo[Leak]("mallory"),
					drivers.Background("asked", drivers.WaitFor(asked.Save)),
					drivers.Checkpoint("connected"),
					drivers.Join("asked"),
					drivers.Do("tell mallory the request's id", leak(asked, "mallory")),
					drivers.Checkpoint("forged"),
					drivers.Respond(asked, Pong{From: "trusted"}),
					drivers.Checkpoint("answered")),
			}
		},
	},
	{
		Name: "request/peer-that-goes-fails-it",
		Rule: "A request to a peer that disappears fails at once, with an error that names the peer.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return unanswered(env, drivers.CloseEndpoint())
		},
	},
	{
		Name: "request/peer-that-leaves-fails-it",
		Rule: "A request to a peer that shuts down without answering fails, with an error that names the peer.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return unanswered(env, drivers.ShutdownEndpoint())
		},
	},
	{
		Name: "request/one-of-two-goes",
		Rule: "A request keeps waiting while a peer that can answer it is left.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			goes, stays := env.Config("goes"), env.Config("stays")
			pings := drivers.NewSlot[*lahja.Stream[Ping]]("pings")
			asked := drivers.NewSlot[lahja.Event[Ping]]("asked")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(goes),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Ping]]("pings")),
					drivers.Checkpoint("serving"),
					drivers.Checkpoint("asked"),
					drivers.CloseEndpoint()),
				drivers.New(drivers.ServeEndpoint(stays),
					drivers.Stream(pings),
					drivers.Checkpoint("serving"),
					drivers.NextFrom(pings, asked.Save),
					drivers.Checkpoint("asked"),
					drivers.Checkpoint("gone"),
					drivers.Respond(asked, Pong{From: "stays"})),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("serving"),
					drivers.ConnectToEndpoints(goes, stays),
					drivers.Background("request", drivers.Request(Ping{}, equals(Pong{From: "stays"}))),
					drivers.WaitUntilDisconnectedFrom("goes"),
					drivers.Checkpoint("gone"),
					drivers.Join("request")),
			}
		},
	},
	{
		Name: "request/answering-who-has-gone-throws",
		Rule: "Answering an origin that is gone is an error.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			asked := drivers.NewSlot[lahja.Event[Ping]]("asked")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.WaitFor(asked.Save),
					drivers.Checkpoint("asked"),
					drivers.WaitUntilDisconnectedFrom("client"),
					drivers.Throws(drivers.Respond(asked, Pong{}), lahja.ErrRemoteDisconnected)),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilAnyEndpointSubscribedTo[Ping](),
					drivers.Background("request", drivers.Throws(drivers.Request(Ping{}), lahja.ErrLifecycle)),
					drivers.Checkpoint("asked"),
					drivers.CloseEndpoint(),
					drivers.Join("request")),
			}
		},
	},
}

// unanswered makes a server end instead of answering a request.
func unanswered(env *drivers.Env, end drivers.Action) []*drivers.Driver {
	server := env.Config("server")
	namesServer := func(err *lahja.Error) error {
		if err.Kind != lahja.ErrRemoteDisconnected || err.Peer != "server" {
			return fmt.Errorf("want %q of peer server", lahja.ErrRemoteDisconnected)
		}
		return nil
	}
	return []*drivers.Driver{
		drivers.New(drivers.ServeEndpoint(server), drivers.WaitFor[Ping](), end),
		drivers.New(drivers.RunEndpoint("client"),
			drivers.ConnectToEndpoints(server),
			drivers.WaitUntilAnyEndpointSubscribedTo[Ping](),
			drivers.ThrowsAs(drivers.Request(Ping{}), namesServer)),
	}
}

// leak sends the id of a request to another endpoint.
func leak(request *drivers.Slot[lahja.Event[Ping]], to string) func(context.Context, *drivers.Scope) error {
	return func(ctx context.Context, s *drivers.Scope) error {
		id := request.Get(s).ID()
		return lahja.Broadcast(ctx, s.Endpoint(), Leak{Instance: id.Instance, Sequence: id.Sequence}, lahja.BroadcastConfig{FilterEndpoints: []string{to}})
	}
}

// forgeAnswer answers a request that another endpoint got.
func forgeAnswer(origin string) drivers.On[lahja.Event[Leak]] {
	return func(ctx context.Context, s *drivers.Scope, e lahja.Event[Leak]) error {
		return lahja.Broadcast(ctx, s.Endpoint(), Pong{From: s.Endpoint().Name()}, lahja.BroadcastConfig{
			FilterEndpoints: []string{origin},
			FilterEventID:   lahja.EventID{Instance: e.Data.Instance, Sequence: e.Data.Sequence}})
	}
}

// requestUntilReleased sends a request and gives up when a Release comes.
func requestUntilReleased(ctx context.Context, s *drivers.Scope) error {
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

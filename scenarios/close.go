package scenarios

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// ended says which handlers of a driver have ended.
var ended = d.NewSlot[[]string]("ended")

// closingTable checks closing without a shutdown.
func closingTable() []d.Scenario {
	return []d.Scenario{
		d.Case("close/ends-what-waits",
			"Closing an endpoint ends every call that waits on it with a lifecycle error: streams, waits, syncs, requests and connects.",
			d.New(d.ServeEndpoint("server"),
				d.Subscribe(heldUpUntilReleased[Ask]),
				d.WaitFor[Ping](),
				d.Signal("asked"),
				d.WaitUntilDisconnectedFrom("client"),
				d.Broadcast(Release{}),
				d.ShutdownEndpoint()), // It lets the handler finish.
			// Every wait ends because of the close, and not before.
			d.New(d.RunEndpoint("client").WithListenWait(time.Minute),
				d.ConnectToEndpoints("server"),
				d.WaitUntilEndpointSubscribedTo[Ping]("server"),
				d.Stream(ticks),
				d.Background("stream", lifecycle(d.CollectFrom(ticks, 1))),
				d.Background("wait for", lifecycle(d.WaitFor[Tock]())),
				d.Background("request", lifecycle(d.Request(Ping{}))),
				d.Background("connection", lifecycle(d.WaitUntilConnectedTo("nobody"))),
				d.Background("subscription", lifecycle(d.WaitUntilEndpointSubscribedTo[Taken]("server"))),
				d.Background("change", lifecycle(d.WaitUntilConnectionsChange())),
				d.Background("attempt", lifecycle(connectsToNobody())),
				d.Broadcast(Ask{}),
				d.WaitUntilEndpointSubscribedTo[Release]("server"), // Its handler is blocked.
				d.Background("sync", lifecycle(d.Sync("server"))),
				d.WaitUntilEndpointSubscribedTo[Tock]("client"),
				d.Await("asked"),
				d.Sleep(20*time.Millisecond), // By then all wait. A call that does not wait goes unnoticed.
				d.CloseEndpoint())).
			Needing(engine.Drain),

		d.Case("close/throws-afterwards",
			"An endpoint runs once: after it has closed, every call is a lifecycle error, except another close.",
			d.New(d.ServeEndpoint("server")),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.CloseEndpoint(),
				lifecycle(d.ConnectToEndpoints("server")),
				lifecycle(d.Broadcast(Tick{}, evenToNobody)),
				lifecycle(d.BroadcastNowait(Tick{})),
				lifecycle(d.Request(Ping{})),
				lifecycle(d.Subscribe(d.Append(handled))),
				lifecycle(d.Stream(ticks)),
				lifecycle(d.WaitFor[Tick]()),
				lifecycle(d.WaitUntilConnectedTo("server")),
				lifecycle(d.Sync("server")),
				lifecycle(d.Sync("client")),
				lifecycle(d.Broadcast(Tick{}, internal)),
				lifecycle(d.Broadcast(Tick{}, only("server"))),
				lifecycle(d.RequestWith(Ping{}, evenToNobody)),
				lifecycle(d.RequestAll(Ping{})),
				lifecycle(d.WaitUntilDisconnectedFrom("server")),
				lifecycle(d.Do("wait for a change", func(ctx context.Context, s *d.Scope) error {
					_, err := s.Endpoint().WaitForChange(ctx, 0)
					return err
				})),
				d.CloseEndpoint(),
				d.ShutdownEndpoint())),

		d.Case("close/lists-nobody",
			"A closed endpoint lists nobody, not even itself, and none of its queries holds, not even that all endpoints subscribe.",
			d.New(d.RunEndpoint("client"),
				d.Stream(ticks),
				d.AreAllEndpointsSubscribedTo[Tick](true),
				d.CloseEndpoint(),
				d.ExpectEndpointFunc("lists nobody", func(ep lahja.EndpointAPI) error {
					switch peers := ep.Peers().Peers; {
					case len(peers) != 0:
						return fmt.Errorf("it lists %d endpoints, the first is %s", len(peers), peers[0].Name)
					case lahja.AreAllEndpointsSubscribedTo[Tick](ep, true), lahja.IsAnyEndpointSubscribedTo[Tick](ep),
						lahja.IsConnectedTo(ep, "client"):
						return errors.New("a query holds of it")
					}
					return nil
				}))),

		d.Case("close/peer-notices",
			"When a peer disappears without saying goodbye, the endpoint stops listing it and its subscriptions.",
			d.New(d.ServeEndpoint("server"),
				d.WaitUntilEndpointSubscribedTo[Tick]("client"),
				d.Signal("knows the client"),
				d.WaitUntilDisconnectedFrom("client"),
				d.ConnectedEndpointsAre(),
				d.DoesNotHold(d.IsAnyEndpointSubscribedTo[Tick]()),
				d.Throws(d.Broadcast(Tick{}), lahja.ErrNoSubscribers)),
			d.New(d.RunEndpoint("client").WithLinger(-1),
				d.Stream(ticks),
				d.ConnectToEndpoints("server"),
				d.Sync("server"), // The server knows that it is ready, and waits for nothing.
				d.Await("knows the client"),
				d.CloseEndpoint())),

		d.Case("close/client-notices", "A client notices that its server has closed.",
			d.New(d.ServeEndpoint("server"), d.Await("connected"), d.CloseEndpoint()),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilConnectionsChange(d.Signal("connected")),
				d.ConnectedEndpointsAre(),
				d.Throws(d.Sync("server"), lahja.ErrRemoteDisconnected))),

		d.CaseFunc("close/loses-nothing", "An endpoint that closes first sends all its broadcasts to the peers that read.",
			func(env *d.Env) []*d.Driver { return sendsBlobs(env, d.CloseEndpoint()) }).WithSlack(4),

		d.CaseFunc("close/gives-its-answers", "An answer given before its endpoint closes reaches the requester.",
			func(env *d.Env) []*d.Driver {
				blob := Blob{N: 1, Data: content(env.Seed, 1, 32<<10, false)}
				return []*d.Driver{
					d.New(d.ServeEndpoint("server").WithLinger(time.Minute),
						d.Serve(func(context.Context, *d.Scope, lahja.Event[LargeAsk]) (Blob, error) { return blob, nil }).Once(),
						d.CloseEndpoint()),
					d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitAnyThenRequest(LargeAsk{N: 1}).Returns(blob)),
				}
			}).WithSlack(4),

		d.Case("close/from-a-handler", "A handler may close its own endpoint, and the close does not wait for that handler.",
			d.New(d.ServeEndpoint("server"),
				d.Subscribe(func(_ context.Context, s *d.Scope, _ lahja.Event[Tick]) error { return s.Endpoint().Close() }),
				lifecycle(d.WaitUntilConnectedTo("nobody")),
				d.CloseEndpoint()), // Unlike the handler, it waits for the end.
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitAnyThenBroadcast(Tick{}),
				d.WaitUntilDisconnectedFrom("server"))),

		d.Case("close/during-a-handler", "Closing an endpoint ends the contexts of running handlers and waits for them.",
			d.New(d.ServeEndpoint("server"),
				d.Subscribe(func(ctx context.Context, s *d.Scope, e lahja.Event[Ping]) error {
					if err := e.Respond(ctx, Pong{}); err != nil {
						return err
					}
					<-ctx.Done()
					return d.Append(ended)(ctx, s, "handler")
				}),
				d.Await("answered"),
				d.CloseEndpoint(),
				ended.Matches(gomega.Equal([]string{"handler"}))),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitAnyThenRequest(Ping{}),
				d.Signal("answered"),
				d.WaitUntilDisconnectedFrom("server"))),

		d.Case("close/during-a-broadcast-that-waits", "Closing an endpoint ends a broadcast that waits for room with a lifecycle error.",
			d.New(d.ServeEndpoint("server"),
				d.StreamWith(lahja.SubscribeConfig{QueueBytes: narrowQueue}, ticks), // Nobody takes them.
				d.AwaitDriver("client"),
				d.WaitUntilDisconnectedFrom("client")),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Tick](),
				d.Do("broadcast until a broadcast waits in vain", func(ctx context.Context, s *d.Scope) error {
					_, err := untilFull(ctx, s.Endpoint())
					return err
				}),
				d.Background("broadcast", lifecycle(d.Broadcast(Tick{-1}))),
				d.CloseEndpoint(),
				d.Join("broadcast"))).
			Needing(engine.Backpressure),

		d.Case("close/leaves-nothing-behind",
			"Closing leaves no goroutine, no descriptor and no socket file behind, however much is in flight.",
			d.New(d.ServeEndpoint("server"),
				d.Subscribe(func(context.Context, *d.Scope, lahja.Event[Tick]) error { return nil }),
				d.AwaitDriver("client"),
				d.WaitUntilDisconnectedFrom("client")),
			d.New(d.ServeEndpoint("client"),
				d.Repeat(10,
					d.Stream(tocks),
					d.Subscribe(func(context.Context, *d.Scope, lahja.Event[Tick]) error { return nil }),
					d.ConnectToEndpoints("server"),
					d.BroadcastEach(50, tick),
					d.RestartEndpoint()))).
			WithSlack(4).
			Varying("events in flight at a close may or may not arrive"),
	}
}

// lifecycle expects an action to fail because the endpoint has closed.
func lifecycle(a d.Action) d.Action { return d.Throws(a, lahja.ErrLifecycle) }

// connectsToNobody connects to an address that nobody serves.
func connectsToNobody() d.Action {
	return d.Do("connect to nobody", func(ctx context.Context, s *d.Scope) error {
		return s.Endpoint().ConnectToEndpoints(ctx, s.Config("nobody"))
	})
}

// sendsBlobs makes a client broadcast large events and leave at once.
func sendsBlobs(env *d.Env, leave d.Action) []*d.Driver {
	const n = 100
	blob := func(i int) Blob { return Blob{N: i, Data: content(env.Seed, i, 32<<10, false)} }
	return []*d.Driver{
		d.New(d.ServeEndpoint("server"), d.Collect[Blob](n).Then(blobsAre(n, blob))),
		d.New(d.RunEndpoint("client").WithLinger(time.Minute), // A slow transport takes longer than the default.
			d.ConnectToEndpoints("server"),
			d.WaitUntilAnyEndpointSubscribedTo[Blob](),
			d.BroadcastEach(n, blob),
			leave),
	}
}

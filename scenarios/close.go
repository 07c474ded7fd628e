package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Closing: what ends when an endpoint closes, and what does not.
var closeTable = slices.Concat(closingTable, shutdownTable)

// closingTable checks closing without a shutdown.
var closingTable = []drivers.Scenario{
	{
		Name: "close/ends-what-waits",
		Rule: "Closing an endpoint ends every call that waits on it with a lifecycle error: streams, waits, syncs, requests and connects.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			ends := func(name string, a drivers.Action) drivers.Action {
				return drivers.Background(name, drivers.Throws(a, lahja.ErrLifecycle))
			}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Subscribe(heldUpUntilReleased[Ask]),
					drivers.WaitFor[Ping](),
					drivers.Checkpoint("asked"),
					drivers.Checkpoint("done"),
					drivers.Broadcast(Release{})),
				// Every wait ends because of the close, and not before.
				drivers.New(drivers.RunEndpoint("client").WithListenWait(time.Minute),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilEndpointSubscribedTo[Ping]("server"),
					drivers.Stream(ticks),
					ends("stream", drivers.CollectFrom(ticks, 1)),
					ends("wait for", drivers.WaitFor[Tock]()),
					ends("request", drivers.Request(Ping{})),
					ends("connection", drivers.WaitUntilConnectedTo("nobody")),
					ends("subscription", drivers.WaitUntilEndpointSubscribedTo[Taken]("server")),
					ends("change", drivers.WaitUntilConnectionsChange()),
					ends("attempt", drivers.ConnectToEndpoints(env.Config("nobody"))),
					drivers.Broadcast(Ask{}),
					drivers.WaitUntilEndpointSubscribedTo[Release]("server"), // Its handler is blocked.
					ends("sync", drivers.Sync("server")),
					drivers.WaitUntilEndpointSubscribedTo[Tock]("client"),
					drivers.Checkpoint("asked"),
					drivers.Sleep(20*time.Millisecond), // By then all wait. A call that does not wait goes unnoticed.
					drivers.CloseEndpoint(),
					drivers.Join("stream"),
					drivers.Join("wait for"),
					drivers.Join("request"),
					drivers.Join("connection"),
					drivers.Join("subscription"),
					drivers.Join("change"),
					drivers.Join("attempt"),
					drivers.Join("sync"),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "close/throws-afterwards",
		Rule: "An endpoint runs once: after it has closed, every call is a lifecycle error, except another close.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			throws := func(a drivers.Action) drivers.Action { return drivers.Throws(a, lahja.ErrLifecycle) }
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server), drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.CloseEndpoint(),
					throws(drivers.ConnectToEndpoints(server)),
					throws(drivers.Broadcast(Tick{}, lahja.BroadcastConfig{AllowNoSubscribers: true})),
					throws(drivers.BroadcastNowait(Tick{})),
					throws(drivers.Request(Ping{})),
					throws(drivers.Subscribe(equals(Tick{}))),
					throws(drivers.Stream(drivers.NewSlot[*lahja.Stream[Tick]]("ticks"))),
					throws(drivers.WaitFor[Tick]()),
					throws(drivers.WaitUntilConnectedTo("server")),
					throws(drivers.Sync("server")),
					throws(drivers.Sync("client")),
					throws(drivers.Broadcast(Tick{}, lahja.BroadcastConfig{Internal: true})),
					throws(drivers.Broadcast(Tick{}, lahja.BroadcastConfig{FilterEndpoints: []string{"server"}})),
					throws(drivers.RequestWith(Ping{}, lahja.BroadcastConfig{AllowNoSubscribers: true})),
					throws(drivers.RequestAll(Ping{})),
					throws(drivers.WaitUntilDisconnectedFrom("server")),
					throws(drivers.Do("wait for a change", func(ctx context.Context, s *drivers.Scope) error {
						_, err := s.Endpoint().WaitForChange(ctx, 0)
						return err
					})),
					drivers.CloseEndpoint(),
					drivers.ShutdownEndpoint(),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "close/lists-nobody",
		Rule: "A closed endpoint lists nobody, not even itself, and none of its queries holds, not even that all endpoints subscribe.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tick]]("ticks")),
					drivers.AreAllEndpointsSubscribedTo[Tick](true),
					drivers.CloseEndpoint(),
					drivers.ExpectEndpointFunc("lists nobody", func(ep lahja.EndpointAPI) error {
						switch peers := ep.Peers().Peers; {
						case len(peers) != 0:
							return fmt.Errorf("it lists %d endpoints, the first is %s", len(peers), peers[0].Name)
						case lahja.AreAllEndpointsSubscribedTo[Tick](ep, true), lahja.IsAnyEndpointSubscribedTo[Tick](ep),
							lahja.IsConnectedTo(ep, "client"):
							return errors.New("a query holds of it")
						}
						return nil
					})),
			}
		},
	},
	{
		Name: "close/peer-notices",
		Rule: "When a peer disappears without saying goodbye, the endpoint stops listing it and its subscriptions.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("connected"),
					drivers.IsEndpointSubscribedTo[Tick]("client"),
					drivers.Checkpoint("close"),
					drivers.WaitUntilDisconnectedFrom("client"),
					drivers.ConnectedEndpointsAre(),
					drivers.Not(drivers.IsAnyEndpointSubscribedTo[Tick]()),
					drivers.Throws(drivers.Broadcast(Tick{}), lahja.ErrNoSubscribers)),
				drivers.New(drivers.RunEndpoint("client").WithLinger(-1),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tick]]("ticks")),
					drivers.ConnectToEndpoints(server),
					drivers.Sync("server"), // The server knows that it is ready, and waits for nothing.
					drivers.Checkpoint("connected"),
					drivers.Checkpoint("close"),
					drivers.CloseEndpoint()),
			}
		},
	},
	{
		Name: "close/client-notices",
		Rule: "A client notices that its server has closed.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("connected"),
					drivers.CloseEndpoint()),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilConnectionsChange(drivers.Checkpoint("connected")),
					drivers.ConnectedEndpointsAre(),
					drivers.Throws(drivers.Sync("server"), lahja.ErrRemoteDisconnected)),
			}
		},
	},
	{
		Name:  "close/loses-nothing",
		Rule:  "An endpoint that closes first sends all its broadcasts to the peers that read.",
		Slack: 4,
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return sendsBlobs(env, drivers.CloseEndpoint())
		},
	},
	{
		Name:  "close/gives-its-answers",
		Rule:  "An answer given before its endpoint closes reaches the requester.",
		Slack: 4,
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			answered := make(chan struct{})
			blob := Blob{N: 1, Data: content(env.Seed, 1, 32<<10, false)}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server).WithLinger(time.Minute),
					drivers.Subscribe(func(ctx context.Context, _ *drivers.Scope, e lahja.Event[LargeAsk]) error {
						defer close(answered)
						return e.Respond(ctx, blob)
					}),
					drivers.Do("wait until it has answered", func(ctx context.Context, _ *drivers.Scope) error {
						select {
						case <-answered:
							return nil
						case <-ctx.Done():
							return ctx.Err()
						}
					}),
					drivers.CloseEndpoint()),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilAnyEndpointSubscribedTo[LargeAsk](),
					drivers.Request(LargeAsk{N: 1}, equals(blob))),
			}
		},
	},
	{
		Name: "close/from-a-handler",
		Rule: "A handler may close its own endpoint, and the close does not wait for that handler.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Subscribe(func(_ context.Context, s *drivers.Scope, _ lahja.Event[Tick]) error {
						return s.Endpoint().Close()
					}),
					drivers.Throws(drivers.WaitUntilConnectedTo("nobody"), lahja.ErrLifecycle),
					drivers.CloseEndpoint()), // Unlike the handler, it waits for the end.
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilAnyEndpointSubscribedTo[Tick](),
					drivers.Broadcast(Tick{}),
					drivers.WaitUntilDisconnectedFrom("server")),
			}
		},
	},
	{
		Name: "close/during-a-handler",
		Rule: "Closing an endpoint ends the contexts of running handlers and waits for them.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			ended := drivers.NewSlot[[]string]("ended")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Subscribe(func(ctx context.Context, s *drivers.Scope, e lahja.Event[Ping]) error {
						if err := e.Respond(ctx, Pong{}); err != nil {
							return err
						}
						<-ctx.Done()
						return drivers.Append(ended)(ctx, s, "handler")
					}),
					drivers.Checkpoint("handling"),
					drivers.CloseEndpoint(),
					drivers.Gathered(ended, func(_ context.Context, s *drivers.Scope, got []string) error {
						s.Expect(got).To(gomega.Equal([]string{"handler"}))
						return nil
					})),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilAnyEndpointSubscribedTo[Ping](),
					drivers.Request(Ping{}),
					drivers.Checkpoint("handling"),
					drivers.WaitUntilDisconnectedFrom("server")),
			}
		},
	},
	{
		Name:  "close/during-a-broadcast-that-waits",
		Rule:  "Closing an endpoint ends a broadcast that waits for room with a lifecycle error.",
		Needs: []engine.Need{engine.Backpressure},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.StreamWith(lahja.SubscribeConfig{QueueBytes: narrowQueue}, ticks), // Nobody takes them.
					drivers.Checkpoint("closed"),
					drivers.WaitUntilDisconnectedFrom("client")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilAnyEndpointSubscribedTo[Tick](),
					drivers.Do("broadcast until a broadcast waits in vain", func(ctx context.Context, s *drivers.Scope) error {
						_, err := untilFull(ctx, s.Endpoint())
						return err
					}),
					drivers.Background("broadcast", drivers.Throws(drivers.Broadcast(tick(-1)), lahja.ErrLifecycle)),
					drivers.CloseEndpoint(),
					drivers.Join("broadcast"),
					drivers.Checkpoint("closed")),
			}
		},
	},
	{
		Name:   "close/leaves-nothing-behind",
		Rule:   "Closing leaves no goroutine, no descriptor and no socket file behind, however much is in flight.",
		Slack:  4,
		Varies: "events in flight at a close may or may not arrive",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Subscribe(func(context.Context, *drivers.Scope, lahja.Event[Tick]) error { return nil }),
					drivers.Checkpoint("done"),
					drivers.WaitUntilDisconnectedFrom("client")),
				drivers.New(drivers.ServeEndpoint(env.Config("client")),
					drivers.Repeat(10,
						drivers.Stream(drivers.NewSlot[*lahja.Stream[Tock]]("tocks")),
						drivers.Subscribe(func(context.Context, *drivers.Scope, lahja.Event[Tick]) error { return nil }),
						drivers.ConnectToEndpoints(server),
						drivers.BroadcastEach(50, tick),
						drivers.RestartEndpoint()),
					drivers.Checkpoint("done")),
			}
		},
	},
}

// sendsBlobs makes a client broadcast large events and leave at once.
func sendsBlobs(env *drivers.Env, leave drivers.Action) []*drivers.Driver {
	server := env.Config("server")
	const n = 100
	blob := func(i int) Blob { return Blob{N: i, Data: content(env.Seed, i, 32<<10, false)} }
	return []*drivers.Driver{
		drivers.New(drivers.ServeEndpoint(server), drivers.Collect(n, blobsAre(n, blob))),
		drivers.New(drivers.RunEndpoint("client").WithLinger(time.Minute), // A slow transport takes longer than the default.
			drivers.ConnectToEndpoints(server),
			drivers.WaitUntilAnyEndpointSubscribedTo[Blob](),
			drivers.BroadcastEach(n, blob),
			leave),
	}
}

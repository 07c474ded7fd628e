package scenarios

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// Sync: how to know that everything sent has been handled.
var syncTable = []drivers.Scenario{
	{
		Name: "sync/waits-for-handling",
		Rule: "A broadcast returns when the event is queued, before it is handled; Sync waits until it is handled.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			handled := drivers.NewSlot[[]lahja.Event[Tick]]("handled")
			holdUp := func(ctx context.Context, s *drivers.Scope, e lahja.Event[Tick]) error {
				if _, err := lahja.WaitFor[Release](ctx, s.Endpoint()); err != nil {
					return err
				}
				return drivers.Append(handled)(ctx, s, e)
			}
			var returned atomic.Bool
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Subscribe(holdUp),
					servesPings(),
					drivers.Checkpoint("synchronised"),
					drivers.Gathered(handled, exactly(Tick{N: 1}))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilAnyEndpointSubscribedTo[Tick](),
					drivers.WaitUntilAnyEndpointSubscribedTo[Ping](),
					drivers.Broadcast(Tick{N: 1}),
					drivers.WaitUntilEndpointSubscribedTo[Release]("server"),
					drivers.Background("sync", drivers.Sequence(drivers.Sync("server"), drivers.Do("note that it has returned", noteIn(&returned)))),
					// An answer to it that did not wait comes before those to these, and whoever
					// waits for it can run then.
					drivers.Repeat(20, drivers.RequestWith(Ping{N: 1}, lahja.BroadcastConfig{}, equals(Pong{N: 1}))),
					drivers.Sleep(50*time.Millisecond),
					drivers.Do("look whether it has returned", notYet(&returned)),
					drivers.Broadcast(Release{}),
					drivers.Join("sync"),
					drivers.Checkpoint("synchronised")),
			}
		},
	},
	{
		Name: "sync/brings-what-came-back",
		Rule: "When Sync returns, everything that the peer sent before its reply has arrived.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			tocks := drivers.NewSlot[*lahja.Stream[Tock]]("tocks")
			echo := func(ctx context.Context, s *drivers.Scope, e lahja.Event[Tick]) error {
				return lahja.Broadcast(ctx, s.Endpoint(), Tock{N: e.Data.N})
			}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Subscribe(echo),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Stream(tocks),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.BroadcastEach(200, tick),
					drivers.Sync("server"),
					drivers.Drain(tocks, sequence(200, tock)),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "sync/with-oneself",
		Rule: "An endpoint's broadcast to itself returns before it is handled; Sync with itself waits for its handlers.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			handled := drivers.NewSlot[[]lahja.Event[Tick]]("handled")
			holdUp := func(ctx context.Context, s *drivers.Scope, e lahja.Event[Tick]) error {
				if _, err := lahja.WaitFor[Release](ctx, s.Endpoint()); err != nil {
					return err
				}
				return drivers.Append(handled)(ctx, s, e)
			}
			var returned atomic.Bool
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Subscribe(holdUp),
					drivers.Broadcast(Tick{N: 1}),
					drivers.WaitUntilEndpointSubscribedTo[Release]("client"),
					drivers.Background("sync", drivers.Sequence(drivers.Sync("client"), drivers.Do("note that it has returned", noteIn(&returned)))),
					drivers.Sleep(20*time.Millisecond),
					drivers.Do("look whether it has returned", notYet(&returned)),
					drivers.Broadcast(Release{}),
					drivers.Join("sync"),
					drivers.Gathered(handled, exactly(Tick{N: 1}))),
			}
		},
	},
	{
		Name: "sync/peer-that-goes-ends-it",
		Rule: "Sync is an error if the peer disappears before it has handled everything.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Subscribe(func(ctx context.Context, s *drivers.Scope, e lahja.Event[Ping]) error {
						if err := e.Respond(ctx, Pong{}); err != nil {
							return err
						}
						<-ctx.Done()
						return nil
					}),
					drivers.WaitFor[Tick](),
					drivers.CloseEndpoint()),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilEndpointSubscribedTo[Ping]("server"),
					drivers.WaitUntilEndpointSubscribedTo[Tick]("server"),
					drivers.Request(Ping{}),
					drivers.Background("sync", drivers.Throws(drivers.Sync("server"), lahja.ErrRemoteDisconnected)),
					drivers.Broadcast(Tick{}),
					drivers.Join("sync")),
			}
		},
	},
	{
		Name: "sync/with-a-stranger-throws",
		Rule: "Sync with an unconnected endpoint is an error.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Throws(drivers.Sync("stranger"), lahja.ErrRemoteDisconnected)),
			}
		},
	},
}

func noteIn(returned *atomic.Bool) func(context.Context, *drivers.Scope) error {
	return func(context.Context, *drivers.Scope) error {
		returned.Store(true)
		return nil
	}
}

// notYet fails if the sync has returned.
func notYet(returned *atomic.Bool) func(context.Context, *drivers.Scope) error {
	return func(context.Context, *drivers.Scope) error {
		if returned.Load() {
			return errors.New("the sync returned while a handler still had the event")
		}
		return nil
	}
}

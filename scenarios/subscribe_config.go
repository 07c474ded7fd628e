package scenarios

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// subscribeConfigTable checks how a subscription takes events.
var subscribeConfigTable = []drivers.Scenario{
	{
		Name: "subscribe/config-outside-its-limits-throws",
		Rule: "A subscription with an invalid group, bound or policy is refused and subscribes to nothing.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			configs := map[string]lahja.SubscribeConfig{
				"a group that is no name":   {Group: "a/b"},
				"a bound below nothing":     {QueueBytes: -1},
				"a bound above the largest": {QueueBytes: lahja.MaxQueueBytes + 1},
				"a policy that is none":     {WhenFull: lahja.Disconnect + 1},
			}
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Do("subscribe with each", func(_ context.Context, s *drivers.Scope) error {
						for what, config := range configs {
							stream, err := lahja.NewStream[Tick](s.Endpoint(), config)
							if !errors.Is(err, lahja.ErrInvalid) {
								stream.Close()
								return fmt.Errorf("a stream with %s: got %v, want %w", what, err, lahja.ErrInvalid)
							}
							_, err = lahja.Subscribe(s.Endpoint(), func(context.Context, lahja.Event[Tick]) error { return nil }, config)
							if !errors.Is(err, lahja.ErrInvalid) {
								return fmt.Errorf("a handler with %s: got %v, want %w", what, err, lahja.ErrInvalid)
							}
						}
						return nil
					}),
					drivers.Not(drivers.IsEndpointSubscribedTo[Tick]("client"))),
			}
		},
	},
	{
		Name: "subscribe/end-is-told-to-the-handler",
		Rule: "Unsubscribing ends a running handler's context and waits for the handler; the end of the sender or of its context does not.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			sub := drivers.NewSlot[*lahja.Subscription]("subscription")
			running, ended := make(chan struct{}), make(chan struct{})
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Subscribe(func(ctx context.Context, _ *drivers.Scope, _ lahja.Event[Tick]) error {
						close(running)
						<-ctx.Done()
						close(ended)
						return nil
					}, sub),
					drivers.Do("wait for its handler", func(ctx context.Context, _ *drivers.Scope) error { return closedBefore(ctx, running) }),
					drivers.WaitUntilDisconnectedFrom("client"),
					drivers.Sleep(50*time.Millisecond), // Anything that would end it has done so by then.
					drivers.Do("look at its handler", func(context.Context, *drivers.Scope) error { return isOpen(ended) }),
					drivers.Unsubscribe(sub),
					drivers.Do("look at its handler again", func(context.Context, *drivers.Scope) error {
						if isOpen(ended) == nil {
							return errors.New("unsubscribing did not wait for the handler")
						}
						return nil
					}),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilEndpointSubscribedTo[Tick]("server"),
					drivers.Do("broadcast with a context that ends", func(ctx context.Context, s *drivers.Scope) error {
						ctx, cancel := context.WithCancel(ctx)
						defer cancel()
						return lahja.Broadcast(ctx, s.Endpoint(), Tick{})
					}),
					drivers.CloseEndpoint(),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "subscribe/narrow-queue-takes-what-is-larger",
		Rule: "An empty subscription queue takes an event larger than its bound, whatever its policy.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			large := func(i int) Blob { return Blob{N: i, Data: content(env.Seed, i, 64<<10, false)} }
			narrow := func(policy lahja.SlowPolicy, into *drivers.Slot[*lahja.Stream[Blob]]) drivers.Action {
				return drivers.StreamWith(lahja.SubscribeConfig{QueueBytes: 1, WhenFull: policy}, into)
			}
			blocks, newest := drivers.NewSlot[*lahja.Stream[Blob]]("blocks"), drivers.NewSlot[*lahja.Stream[Blob]]("newest")
			oldest := drivers.NewSlot[*lahja.Stream[Blob]]("oldest")
			take := func(i int, from *drivers.Slot[*lahja.Stream[Blob]]) drivers.Action {
				return drivers.NextFrom(from, func(_ context.Context, _ *drivers.Scope, e lahja.Event[Blob]) error {
					if got := e.Data; got.N != i || firstDifference(got.Data, large(i).Data) != 64<<10 {
						return fmt.Errorf("blob %d came with %d bytes, want blob %d", got.N, len(got.Data), i)
					}
					return nil
				})
			}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					narrow(lahja.Block, blocks), narrow(lahja.DropNewest, newest), narrow(lahja.DropOldest, oldest),
					drivers.Checkpoint("listening"),
					take(0, blocks), take(0, newest), take(0, oldest),
					drivers.Checkpoint("taken"),
					take(1, blocks), take(1, newest), take(1, oldest)),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.Broadcast(large(0)),
					drivers.Checkpoint("taken"),
					drivers.Broadcast(large(1))),
			}
		},
	},
}

// isOpen fails if done is closed.
func isOpen(done <-chan struct{}) error {
	select {
	case <-done:
		return errors.New("the context of the handler has ended")
	default:
		return nil
	}
}

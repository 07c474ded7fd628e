package scenarios

import (
	"context"
	"fmt"
	"iter"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// Streams, and waiting for one event.
var streamTable = []drivers.Scenario{
	{
		Name: "stream/every-stream-sees-every-event",
		Rule: "Every stream of a type gets every event of that type, whatever other streams take.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			read := drivers.NewSlot[*lahja.Stream[Tick]]("read")
			unread := drivers.NewSlot[*lahja.Stream[Tick]]("unread")
			const n = 200
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(read),
					drivers.Stream(unread),
					drivers.Checkpoint("listening"),
					drivers.CollectFrom(read, n, sequence(n, tick)),
					drivers.Checkpoint("sent"),
					drivers.Drain(unread, sequence(n, tick))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.BroadcastEach(n, tick),
					drivers.Sync("server"),
					drivers.Checkpoint("sent")),
			}
		},
	},
	{
		Name: "stream/keeps-early-events",
		Rule: "A stream registers when it is created, and keeps the events that come before its first read.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Stream(ticks),
					drivers.BroadcastEach(150, tick),
					drivers.NextFrom(ticks, equals(Tick{N: 0})),
					drivers.CollectFrom(ticks, 149, sequence(149, func(i int) Tick { return Tick{N: i + 1} }))),
			}
		},
	},
	{
		Name: "stream/ends",
		Rule: "A stream ends after the given number of events (at once for zero), with a break, or when its context is cancelled; the type is then no longer subscribed to.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			ends := func(name string, iterate func(ctx context.Context, ticks *lahja.Stream[Tick]) error) drivers.Action {
				return drivers.Do(name, func(ctx context.Context, s *drivers.Scope) error {
					ticks, err := lahja.NewStream[Tick](s.Endpoint())
					if err != nil {
						return err
					}
					for i := range 10 {
						if err := lahja.Broadcast(ctx, s.Endpoint(), tick(i)); err != nil {
							return err
						}
					}
					return iterate(ctx, ticks)
				})
			}
			gone := drivers.Not(drivers.IsAnyEndpointSubscribedTo[Tick]())
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					ends("after three", func(ctx context.Context, ticks *lahja.Stream[Tick]) error {
						return takes(ticks, ticks.Take(ctx, 3), 3, 10)
					}),
					gone,
					ends("at once by zero", func(ctx context.Context, ticks *lahja.Stream[Tick]) error {
						return takes(ticks, ticks.Take(ctx, 0), 0, 10)
					}),
					gone,
					ends("by a break", func(ctx context.Context, ticks *lahja.Stream[Tick]) error { return takes(ticks, ticks.All(ctx), 4, 4) }),
					gone,
					drivers.Throws(ends("at once by a negative number", func(ctx context.Context, ticks *lahja.Stream[Tick]) error {
						return takes(ticks, ticks.Take(ctx, -1), 0, 10)
					}), lahja.ErrInvalid),
					gone,
					drivers.Throws(ends("by cancellation", func(ctx context.Context, ticks *lahja.Stream[Tick]) error {
						ctx, cancel := context.WithCancel(ctx)
						cancel()
						return takes(ticks, ticks.All(ctx), 0, 10)
					}), context.Canceled),
					gone),
			}
		},
	},
	{
		Name:  "stream/abandoned-stalls-nothing",
		Rule:  "Abandoned streams and finished waits do not stall the endpoint.",
		Slack: 4,
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			const n = 500
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Repeat(3,
						drivers.WaitFor[Tock](),
						drivers.WaitUntilSubscriptionsKnown(),
						drivers.Checkpoint("taken"),
						drivers.Do("break off after one", breakAfterOne),
						drivers.WaitUntilSubscriptionsKnown(),
						drivers.Checkpoint("taken")),
					drivers.Stream(ticks),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("sent"),
					drivers.Drain(ticks, sequence(n, tick))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.Repeat(6,
						drivers.WaitAnyThenBroadcast(Tock{}),
						drivers.Checkpoint("taken")),
					drivers.Checkpoint("listening"),
					drivers.WaitUntilAnyEndpointSubscribedTo[Tick](),
					drivers.BroadcastEach(n, tick),
					drivers.BroadcastEach(n, tock, lahja.BroadcastConfig{AllowNoSubscribers: true}),
					drivers.Sync("server"),
					drivers.Checkpoint("sent")),
			}
		},
	},
	{
		Name: "stream/before-handlers",
		Rule: "An event reaches streams before it is queued for handlers.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			handled := drivers.NewSlot[[]lahja.Event[Tick]]("handled")
			looks := func(ctx context.Context, s *drivers.Scope, e lahja.Event[Tick]) error {
				if streamed, ok := ticks.Get(s).TryNext(); !ok || streamed.Data != e.Data {
					return fmt.Errorf("the stream has not got %v yet; it had %v", e, streamed)
				}
				return drivers.Append(handled)(ctx, s, e)
			}
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Subscribe(looks),
					drivers.Stream(ticks),
					drivers.BroadcastEach(100, tick),
					drivers.Sync("client"),
					drivers.Gathered(handled, sequence(100, tick))),
			}
		},
	},
	{
		Name: "stream/closed-unread",
		Rule: "A stream may be closed unread, and twice; it then yields nothing more.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Stream(ticks),
					drivers.Broadcast(Tick{}),
					drivers.CloseStream(ticks),
					drivers.CloseStream(ticks),
					drivers.Throws(drivers.NextFrom(ticks), lahja.ErrLifecycle),
					drivers.Not(drivers.IsAnyEndpointSubscribedTo[Tick]())),
			}
		},
	},
	{
		Name: "stream/wait-for-is-the-first",
		Rule: "Waiting for an event returns the first one, and subscribes only until then.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.WaitFor(equals(Tick{N: 0})),
					drivers.WaitUntilSubscriptionsKnown(),
					drivers.Checkpoint("over"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilEndpointSubscribedTo[Tick]("server"),
					drivers.BroadcastEach(3, tick, lahja.BroadcastConfig{AllowNoSubscribers: true}),
					drivers.Checkpoint("over"),
					drivers.Throws(drivers.Broadcast(Tick{}), lahja.ErrNoSubscribers),
					drivers.Checkpoint("done")),
			}
		},
	},
}

// breakAfterOne leaves a loop over a stream at its first event.
func breakAfterOne(ctx context.Context, s *drivers.Scope) error {
	tocks, err := lahja.NewStream[Tock](s.Endpoint())
	if err != nil {
		return err
	}
	for range tocks.All(ctx) {
		return nil
	}
	return tocks.Err()
}

// takes expects a loop over the stream's events to yield want of them in order, and breaks after that
// many.
func takes(ticks *lahja.Stream[Tick], events iter.Seq[lahja.Event[Tick]], want, breakAfter int) error {
	n := 0
	for e := range events {
		if e.Data.N != n {
			return fmt.Errorf("tick %d came at place %d", e.Data.N, n)
		}
		if n++; n == breakAfter {
			break
		}
	}
	if n != want {
		return fmt.Errorf("%d ticks came, want %d", n, want)
	}
	return ticks.Err()
}

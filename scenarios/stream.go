package scenarios

import (
	"context"
	"fmt"
	"iter"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// Streams, and waiting for one event.
func streamTable() []d.Scenario {
	return []d.Scenario{
		d.Case("stream/every-stream-sees-every-event",
			"Every stream of a type gets every event of that type, whatever other streams take.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(ticks),
				d.Stream(unread),
				d.Signal("listening"),
				d.CollectFrom(ticks, 200).InOrder(d.Series(200, tick)...),
				d.WaitUntilDisconnectedFrom("client"),
				d.Drain(unread).InOrder(d.Series(200, tick)...)),
			d.New(d.RunEndpoint("client"),
				d.Await("listening"),
				d.ConnectToEndpoints("server"),
				d.BroadcastEach(200, tick),
				d.ShutdownEndpoint())),

		d.Case("stream/keeps-early-events",
			"A stream registers when it is created, and keeps the events that come before its first read.",
			d.New(d.RunEndpoint("client"),
				d.Stream(ticks),
				d.BroadcastEach(150, tick),
				d.NextFrom(ticks).Equal(Tick{N: 0}),
				d.CollectFrom(ticks, 149).InOrder(d.Series(150, tick)[1:]...))),

		d.Case("stream/ends",
			"A stream ends after the given number of events (at once for zero), with a break, or when its context is cancelled; the type is then no longer subscribed to.",
			d.New(d.RunEndpoint("client"),
				iterates("after three", func(ctx context.Context, ticks *lahja.Stream[Tick]) error {
					return takes(ticks, ticks.Take(ctx, 3), 3, 10)
				}),
				nobodySubscribes,
				iterates("at once by zero", func(ctx context.Context, ticks *lahja.Stream[Tick]) error {
					return takes(ticks, ticks.Take(ctx, 0), 0, 10)
				}),
				nobodySubscribes,
				iterates("by a break", func(ctx context.Context, ticks *lahja.Stream[Tick]) error {
					return takes(ticks, ticks.All(ctx), 4, 4)
				}),
				nobodySubscribes,
				d.Throws(iterates("at once by a negative number", func(ctx context.Context, ticks *lahja.Stream[Tick]) error {
					return takes(ticks, ticks.Take(ctx, -1), 0, 10)
				}), lahja.ErrInvalid),
				nobodySubscribes,
				d.Throws(iterates("by cancellation", func(ctx context.Context, ticks *lahja.Stream[Tick]) error {
					ctx, cancel := context.WithCancel(ctx)
					cancel()
					return takes(ticks, ticks.All(ctx), 0, 10)
				}), context.Canceled),
				nobodySubscribes)),

		d.Case("stream/abandoned-stalls-nothing", "Abandoned streams and finished waits do not stall the endpoint.",
			d.New(d.ServeEndpoint("server"),
				d.Repeat(3,
					d.WaitFor[Tock](),
					d.WaitUntilSubscriptionsKnown(),
					d.Signal("taken"),
					d.Do("break off after one", breakAfterOne),
					d.WaitUntilSubscriptionsKnown(),
					d.Signal("taken")),
				d.Stream(ticks),
				d.AwaitDriver("client"),
				d.Drain(ticks).InOrder(d.Series(500, tick)...)),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.Repeat(6,
					d.WaitAnyThenBroadcast(Tock{}),
					d.Await("taken")),
				d.WaitUntilAnyEndpointSubscribedTo[Tick](),
				d.BroadcastEach(500, tick),
				d.BroadcastEach(500, tock, evenToNobody),
				d.Sync("server"))).WithSlack(4),

		d.Case("stream/before-handlers", "An event reaches streams before it is queued for handlers.",
			d.New(d.RunEndpoint("client"),
				d.Subscribe(func(ctx context.Context, s *d.Scope, e lahja.Event[Tick]) error {
					if streamed, ok := ticks.Get(s).TryNext(); !ok || streamed.Data != e.Data {
						return fmt.Errorf("the stream has not got %v yet; it had %v", e, streamed)
					}
					return d.Append(handled)(ctx, s, e)
				}),
				d.Stream(ticks),
				d.BroadcastEach(100, tick),
				d.Sync("client"),
				d.Gathered(handled).InOrder(d.Series(100, tick)...))),

		d.Case("stream/closed-unread", "A stream may be closed unread, and twice; it then yields nothing more.",
			d.New(d.RunEndpoint("client"),
				d.Stream(ticks),
				d.Broadcast(Tick{}),
				d.CloseStream(ticks),
				d.CloseStream(ticks),
				d.Throws(d.NextFrom(ticks), lahja.ErrLifecycle),
				nobodySubscribes)),

		d.Case("stream/wait-for-is-the-first",
			"Waiting for an event returns the first one, and subscribes only until then.",
			d.New(d.ServeEndpoint("server"),
				d.Receives(Tick{N: 0}),
				d.WaitUntilSubscriptionsKnown()),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilEndpointSubscribedTo[Tick]("server"),
				d.BroadcastEach(3, tick, evenToNobody),
				d.AwaitDriver("server"),
				d.Throws(d.Broadcast(Tick{}), lahja.ErrNoSubscribers))),
	}
}

var unread = d.NewSlot[*lahja.Stream[Tick]]("unread")

var nobodySubscribes = d.DoesNotHold(d.IsAnyEndpointSubscribedTo[Tick]())

// iterates opens a stream, broadcasts ten ticks and has them iterated over.
func iterates(how string, iterate func(ctx context.Context, ticks *lahja.Stream[Tick]) error) d.Action {
	return d.Do(how, func(ctx context.Context, s *d.Scope) error {
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

// breakAfterOne leaves a loop over a stream at its first event.
func breakAfterOne(ctx context.Context, s *d.Scope) error {
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

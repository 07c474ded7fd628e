package scenarios

import (
	"context"
	"runtime"
	"slices"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// Handlers that are the only subscription to their type. A bus may call them on the goroutine that
// reads, and must not let them notice.
func handlerAloneTable() []d.Scenario {
	return []d.Scenario{
		d.Case("handler/quick-and-slow", "A handler that is quick for most events and slow for some gets every event in order.",
			alone(200, func(_ context.Context, _ *d.Scope, e lahja.Event[Tick]) error {
				if e.Data.N%40 == 20 {
					time.Sleep(25 * time.Millisecond) // It tells no API that it is slow.
				}
				return nil
			}, d.Gathered(handled).InOrder(d.Series(200, tick)...))...),

		d.Case("handler/waits-for-a-later-event",
			"A handler may wait until another one has handled a later event of the same sender.",
			d.New(d.ServeEndpoint("server"),
				d.Do("subscribe a handler that waits for another one", subscribeWaiting),
				d.Do("wait until it waits", func(ctx context.Context, s *d.Scope) error {
					begun, err := waits.Load(s)
					if err != nil {
						return err
					}
					select {
					case <-begun:
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				}),
				d.Signal("waiting"),
				d.AwaitDriver("client"),
				d.Gathered(handled).InOrder(d.Series(10, tick)...)),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Ping](),
				d.BroadcastEach(10, tick),
				d.Await("waiting"),
				d.Request(Ping{N: 1}).Returns(Pong{N: 1}),
				d.Sync("server"))),

		d.Case("handler/fails-in-every-way",
			"A handler that fails, panics or exits loses that event alone: what came with it is handled, in order.",
			alone(100, func(_ context.Context, _ *d.Scope, e lahja.Event[Tick]) error {
				switch e.Data.N {
				case 20:
					return errHandler
				case 40:
					panic(errHandler)
				case 60:
					runtime.Goexit()
				}
				return nil
			},
				d.HandlerThrows(errHandler), d.HandlerThrows(errHandler), d.HandlerThrows(lahja.ErrHandlerExited),
				d.Gathered(handled).InOrder(without(d.Series(100, tick), 20, 40, 60)...))...),
	}
}

// waits has a channel that is closed when the handler of subscribeWaiting waits.
var waits = d.NewSlot[chan struct{}]("waits")

// subscribeWaiting subscribes a handler of ticks, which waits for one of pings.
func subscribeWaiting(ctx context.Context, s *d.Scope) error {
	begun, later := make(chan struct{}), make(chan struct{})
	if err := waits.Save(ctx, s, begun); err != nil {
		return err
	}
	_, err := lahja.Subscribe(s.Endpoint(), func(ctx context.Context, e lahja.Event[Tick]) error {
		if e.Data.N == 0 {
			close(begun)
			<-later
		}
		return d.Append(handled)(ctx, s, e)
	})
	if err != nil {
		return err
	}
	_, err = lahja.Subscribe(s.Endpoint(), func(ctx context.Context, e lahja.Event[Ping]) error {
		close(later)
		return e.Respond(ctx, Pong{N: e.Data.N})
	})
	return err
}

// alone has a client send n ticks to the only handler of a server. checks are made when all were
// handled.
func alone(n int, before func(context.Context, *d.Scope, lahja.Event[Tick]) error, checks ...d.Action) []*d.Driver {
	actions := append([]d.Action{
		d.Do("subscribe the only handler", func(_ context.Context, s *d.Scope) error {
			_, err := lahja.Subscribe(s.Endpoint(), func(ctx context.Context, e lahja.Event[Tick]) error {
				if err := before(ctx, s, e); err != nil {
					return err
				}
				return d.Append(handled)(ctx, s, e)
			})
			return err
		}),
		d.AwaitDriver("client"),
	}, checks...)
	return []*d.Driver{
		d.New(d.ServeEndpoint("server"), actions...),
		d.New(d.RunEndpoint("client"),
			d.ConnectToEndpoints("server"),
			d.WaitUntilAnyEndpointSubscribedTo[Tick](),
			d.BroadcastEach(n, tick),
			d.Sync("server")),
	}
}

// without returns the ticks but those of some numbers.
func without(ticks []Tick, numbers ...int) []Tick {
	return slices.DeleteFunc(ticks, func(t Tick) bool { return slices.Contains(numbers, t.N) })
}

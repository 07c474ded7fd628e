package scenarios

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// errHandler is the error of handlers that fail on purpose.
var errHandler = errors.New("the handler fails on purpose")

// Handlers: what they may do, and what happens if they fail.
func handlerTable() []d.Scenario {
	return []d.Scenario{
		d.Case("handler/failing-is-reported",
			"A failing handler is reported and still gets later events, and no other handler, stream or request is affected.",
			failing(func() error { return errHandler })...),

		d.Case("handler/panicking-is-reported",
			"A panicking handler is reported like a failing one, and only the handling of that event ends.",
			failing(func() error { panic(errHandler) })...),

		d.Case("handler/exiting-is-reported",
			"A handler that exits its goroutine is reported like a failing one, and only the handling of that event ends.",
			d.New(d.ServeEndpoint("server"),
				d.Do("subscribe a handler that exits", func(_ context.Context, s *d.Scope) error {
					_, err := lahja.Subscribe(s.Endpoint(), func(ctx context.Context, e lahja.Event[Tick]) error {
						if e.Data.N == 0 {
							runtime.Goexit()
						}
						return d.Append(handled)(ctx, s, e)
					})
					return err
				}),
				d.HandlerThrows(lahja.ErrHandlerExited),
				d.AwaitDriver("client"),
				d.Gathered(handled).InOrder(d.Series(9, fromOne)...)),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Tick](),
				d.BroadcastEach(10, tick),
				d.Within(time.Minute, d.Sync("server")))),

		d.Case("handler/requests",
			"A handler may send requests to the sender of its event, however many events wait behind that one.",
			d.New(d.ServeEndpoint("server"),
				d.Subscribe(func(ctx context.Context, s *d.Scope, e lahja.Event[Tick]) error {
					answer, err := lahja.Request(ctx, s.Endpoint(), Ask{N: e.Data.N})
					if err != nil {
						return err
					}
					return d.Append(asksAnswered)(ctx, s, answer)
				}),
				d.AwaitDriver("client"),
				d.Gathered(asksAnswered).InOrder(d.Series(50, func(i int) Answer { return Answer{N: -i} })...)),
			d.New(d.RunEndpoint("client"),
				d.ServeRequests(func(ask lahja.Event[Ask]) Answer { return Answer{N: -ask.Data.N} }),
					d.ConnectToEndpoints("server"),
					d.WaitUntilAnyEndpointSubscribedTo[Tick](),
					d.BroadcastEach(50, tick),
					d.Sync("server"))).
			WithSlack(4), // It takes 50 round trips, one after the other.

		d.Case("handler/broadcasts-its-own-type", "A handler may broadcast events of the type that it handles.",
			d.New(d.RunEndpoint("client"),
				d.Stream(ticks),
				d.Subscribe(func(ctx context.Context, s *d.Scope, e lahja.Event[Tick]) error {
					if e.Data.N == 299 {
						return nil
					}
					return lahja.Broadcast(ctx, s.Endpoint(), Tick{e.Data.N + 1})
				}),
				d.Broadcast(Tick{0}),
				d.CollectFrom(ticks, 300).InOrder(d.Series(300, tick)...))),

		d.Case("handler/calls-everything", "Every handler may make every call of the API.",
			d.New(d.ServeEndpoint("server"),
				d.Serve(func(ctx context.Context, s *d.Scope, _ lahja.Event[Ping]) (Pong, error) {
					return Pong{N: 1}, callEverything(ctx, s.Endpoint(), s.Config("other"))
				})),
			d.New(d.ServeEndpoint("other")),
			d.New(d.RunEndpoint("client"),
				d.ServeRequests(func(ask lahja.Event[Ask]) Answer { return Answer{N: ask.Data.N} }),
				d.ConnectToEndpoints("server"),
				d.WaitAnyThenRequest(Ping{}).Returns(Pong{N: 1}),
				d.CloseEndpoint())),

		d.Case("handler/borrows", "A handler that borrows data gets every event once, in order and as it was sent, and may answer it.",
			d.New(d.ServeEndpoint("server"),
				d.SubscribeWith(lahja.SubscribeConfig{Borrow: true}, func(ctx context.Context, s *d.Scope, e lahja.Event[Blob]) error {
					e.Data.Data = bytes.Clone(e.Data.Data) // It is valid only during this call.
					return d.Append(handledBlobs)(ctx, s, e)
				}),
				d.SubscribeWith(lahja.SubscribeConfig{Borrow: true}, func(ctx context.Context, _ *d.Scope, e lahja.Event[Ping]) error {
					return e.Respond(ctx, Pong{N: e.Data.N + 1})
				}),
				d.AwaitDriver("client"),
				d.Gathered(handledBlobs).Then(filled(300))),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Ping](),
				d.BroadcastEach(300, full),
				d.Request(Ping{N: 1}).Returns(Pong{N: 2}),
				d.Sync("server"))).
			WithSlack(4),

		d.Case("handler/unsubscribes-itself", "A handler may end its own subscription, and is then no longer called.",
			d.New(d.RunEndpoint("client"),
				d.Stream(ticks),
				d.Subscribe(func(ctx context.Context, s *d.Scope, e lahja.Event[Tick]) error {
					defer leaving.Get(s).Close()
					return d.Append(handled)(ctx, s, e)
				}, leaving),
				d.BroadcastEach(100, tick),
				d.Sync("client"),
				d.Gathered(handled).InOrder(Tick{0}))),
	}
}

var (
	asksAnswered = d.NewSlot[[]lahja.Event[Answer]]("asks answered")
	handledBlobs = d.NewSlot[[]lahja.Event[Blob]]("handled blobs")
	besides      = d.NewSlot[[]lahja.Event[Tick]]("besides")
)

func fromOne(i int) Tick { return Tick{i + 1} }

// failing makes a handler fail at the first of some events, next to another handler and a stream.
func failing(fail func() error) []*d.Driver {
	return []*d.Driver{
		d.New(d.ServeEndpoint("server"),
			d.Subscribe(d.Append(besides)),
			d.Subscribe(func(ctx context.Context, s *d.Scope, e lahja.Event[Tick]) error {
				if e.Data.N == 0 {
					return fail()
				}
				return d.Append(handled)(ctx, s, e)
			}),
			d.Stream(ticks),
			d.Signal("listening"),
			d.HandlerThrows(errHandler),
			d.AwaitDriver("client"),
			d.Drain(ticks).InOrder(d.Series(10, tick)...),
			d.Gathered(besides).InOrder(d.Series(10, tick)...),
			d.Gathered(handled).InOrder(d.Series(9, fromOne)...)),
		d.New(d.RunEndpoint("client"),
			d.Await("listening"),
			d.ConnectToEndpoints("server"),
			d.BroadcastEach(10, tick),
			d.Sync("server")),
	}
}

// full returns blob n: n bytes, each of value n.
func full(i int) Blob { return Blob{N: i, Data: bytes.Repeat([]byte{byte(i)}, i)} }

// filled expects n full blobs in order.
func filled(n int) d.On[[]lahja.Event[Blob]] {
	return func(_ context.Context, _ *d.Scope, events []lahja.Event[Blob]) error {
		for i, e := range events {
			if want := full(i); e.Data.N != i || !bytes.Equal(e.Data.Data, want.Data) {
				return fmt.Errorf("event %d is number %d with %d bytes; want number %d with %d bytes of %d", i, e.Data.N, len(e.Data.Data), i, i, byte(i))
			}
		}
		if len(events) != n {
			return fmt.Errorf("%d events came, want %d", len(events), n)
		}
		return nil
	}
}

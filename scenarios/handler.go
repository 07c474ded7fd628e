package scenarios

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// errHandler is the error of handlers that fail on purpose.
var errHandler = errors.New("the handler fails on purpose")

// Handlers: what they may do, and what happens if they fail.
var handlerTable = []drivers.Scenario{
	{
		Name: "handler/failing-is-reported",
		Rule: "A failing handler is reported and still gets later events, and no other handler, stream or request is affected.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return failing(env, func() error { return errHandler })
		},
	},
	{
		Name: "handler/panicking-is-reported",
		Rule: "A panicking handler is reported like a failing one, and only the handling of that event ends.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return failing(env, func() error { panic(errHandler) })
		},
	},
	{
		Name: "handler/exiting-is-reported",
		Rule: "A handler that exits its goroutine is reported like a failing one, and only the handling of that event ends.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			after := drivers.NewSlot[[]lahja.Event[Tick]]("after")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Do("subscribe a handler that exits", func(_ context.Context, s *drivers.Scope) error {
						_, err := lahja.Subscribe(s.Endpoint(), func(ctx context.Context, e lahja.Event[Tick]) error {
							if e.Data.N == 0 {
								runtime.Goexit()
							}
							return drivers.Append(after)(ctx, s, e)
						})
						return err
					}),
					drivers.Checkpoint("listening"),
					drivers.HandlerThrows(lahja.ErrHandlerExited),
					drivers.Checkpoint("sent"),
					drivers.Gathered(after, sequence(9, func(i int) Tick { return Tick{N: i + 1} }))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.BroadcastEach(10, tick),
					drivers.Within(time.Minute, drivers.Sync("server")), // The server should report the failure first.
					drivers.Checkpoint("sent")),
			}
		},
	},
	{
		Name:  "handler/requests",
		Rule:  "A handler may send requests to the sender of its event, however many events wait behind that one.",
		Slack: 4,
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			answers := drivers.NewSlot[[]lahja.Event[Answer]]("answers")
			const n = 50 // round trips, one after the other
			ask := func(ctx context.Context, s *drivers.Scope, e lahja.Event[Tick]) error {
				answer, err := lahja.Request(ctx, s.Endpoint(), Ask{N: e.Data.N})
				if err != nil {
					return err
				}
				return drivers.Append(answers)(ctx, s, answer)
			}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Subscribe(ask),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("sent"),
					drivers.Gathered(answers, sequence(n, func(i int) Answer { return Answer{N: -i} }))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ServeRequests(func(ask lahja.Event[Ask]) Answer { return Answer{N: -ask.Data.N} }),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.BroadcastEach(n, tick),
					drivers.Sync("server"),
					drivers.Checkpoint("sent")),
			}
		},
	},
	{
		Name: "handler/broadcasts-its-own-type",
		Rule: "A handler may broadcast events of the type that it handles.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			const n = 300
			next := func(ctx context.Context, s *drivers.Scope, e lahja.Event[Tick]) error {
				if e.Data.N == n-1 {
					return nil
				}
				return lahja.Broadcast(ctx, s.Endpoint(), Tick{N: e.Data.N + 1})
			}
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Stream(ticks),
					drivers.Subscribe(next),
					drivers.Broadcast(Tick{N: 0}),
					drivers.CollectFrom(ticks, n, sequence(n, tick))),
			}
		},
	},
	{
		Name: "handler/calls-everything",
		Rule: "Every handler may make every call of the API.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server, other := env.Config("server"), env.Config("other")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Subscribe(func(ctx context.Context, s *drivers.Scope, ping lahja.Event[Ping]) error {
						if err := callEverything(ctx, s.Endpoint(), other); err != nil {
							return err
						}
						return ping.Respond(ctx, Pong{N: 1})
					}),
					drivers.Checkpoint("serving"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.ServeEndpoint(other),
					drivers.Checkpoint("serving"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ServeRequests(func(ask lahja.Event[Ask]) Answer { return Answer{N: ask.Data.N} }),
					drivers.Checkpoint("serving"),
					drivers.ConnectToEndpoints(server),
					drivers.Request(Ping{}, equals(Pong{N: 1})),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name:  "handler/inline",
		Rule:  "An inline handler gets every event once, in order and as it was sent, and may answer it.",
		Slack: 4,
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			handled := drivers.NewSlot[[]lahja.Event[Blob]]("handled")
			inline := lahja.SubscribeConfig{Inline: true}
			keep := func(ctx context.Context, s *drivers.Scope, e lahja.Event[Blob]) error {
				e.Data.Data = bytes.Clone(e.Data.Data) // It is valid only during this call.
				return drivers.Append(handled)(ctx, s, e)
			}
			const n = 300
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.SubscribeWith(inline, keep),
					drivers.SubscribeWith(inline, func(ctx context.Context, _ *drivers.Scope, e lahja.Event[Ping]) error {
						return e.Respond(ctx, Pong{N: e.Data.N + 1})
					}),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("sent"),
					drivers.Gathered(handled, filled(n))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.BroadcastEach(n, full),
					drivers.Request(Ping{N: 1}, equals(Pong{N: 2})),
					drivers.Sync("server"),
					drivers.Checkpoint("sent")),
			}
		},
	},
	{
		Name: "handler/unsubscribes-itself",
		Rule: "A handler may end its own subscription, and is then no longer called.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			own := drivers.NewSlot[*lahja.Subscription]("own")
			handled := drivers.NewSlot[[]lahja.Event[Tick]]("handled")
			once := func(ctx context.Context, s *drivers.Scope, e lahja.Event[Tick]) error {
				defer own.Get(s).Close()
				return drivers.Append(handled)(ctx, s, e)
			}
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tick]]("ticks")),
					drivers.Subscribe(once, own),
					drivers.BroadcastEach(100, tick),
					drivers.Sync("client"),
					drivers.Gathered(handled, exactly(Tick{N: 0}))),
			}
		},
	},
}

// full returns blob n: n bytes, each of value n.
func full(i int) Blob { return Blob{N: i, Data: bytes.Repeat([]byte{byte(i)}, i)} }

// filled expects n full blobs in order.
func filled(n int) drivers.On[[]lahja.Event[Blob]] {
	return func(_ context.Context, _ *drivers.Scope, events []lahja.Event[Blob]) error {
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

// failing makes a handler fail at the first of some events, next to another handler and a stream.
func failing(env *drivers.Env, fail func() error) []*drivers.Driver {
	server := env.Config("server")
	ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
	before := drivers.NewSlot[[]lahja.Event[Tick]]("before")
	after := drivers.NewSlot[[]lahja.Event[Tick]]("after")
	fails := func(ctx context.Context, s *drivers.Scope, e lahja.Event[Tick]) error {
		if e.Data.N == 0 {
			return fail()
		}
		return drivers.Append(after)(ctx, s, e)
	}
	return []*drivers.Driver{
		drivers.New(drivers.ServeEndpoint(server),
			drivers.Subscribe(drivers.Append(before)),
			drivers.Subscribe(fails),
			drivers.Stream(ticks),
			drivers.Checkpoint("listening"),
			drivers.HandlerThrows(errHandler),
			drivers.Checkpoint("sent"),
			drivers.Drain(ticks, sequence(10, tick)),
			drivers.Gathered(before, sequence(10, tick)),
			drivers.Gathered(after, sequence(9, func(i int) Tick { return Tick{N: i + 1} }))),
		drivers.New(drivers.RunEndpoint("client"),
			drivers.Checkpoint("listening"),
			drivers.ConnectToEndpoints(server),
			drivers.BroadcastEach(10, tick),
			drivers.Sync("server"),
			drivers.Checkpoint("sent")),
	}
}

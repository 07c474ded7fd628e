package scenarios

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// aTrace is a trace that began outside the bus.
var aTrace = lahja.TraceContext{Parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", State: "vendor=1"}

// traceTable checks the headers that say which trace an event is in.
var traceTable = []drivers.Scenario{
	{
		Name: "headers/trace-goes-along",
		Rule: "Whatever a handler sends is in the trace of its event: a request inside it, and the answers all the way back.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			front, back := env.Config("front"), env.Config("back")
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("serving"),
					drivers.ConnectToEndpoints(front),
					drivers.Do("request within a trace", func(ctx context.Context, s *drivers.Scope) error {
						pong, err := lahja.Request(lahja.WithTrace(ctx, aTrace), s.Endpoint(), Ping{N: 1})
						if err != nil {
							return err
						}
						return inTrace[Pong](aTrace)(ctx, s, pong)
					}),
					drivers.Request(Ping{N: 2}, inTrace[Pong](lahja.TraceContext{})),
					drivers.Checkpoint("done")),
				drivers.New(drivers.ServeEndpoint(front),
					drivers.ConnectToEndpoints(back),
					drivers.WaitUntilEndpointSubscribedTo[Ask]("back"),
					drivers.Subscribe(askFurther),
					drivers.Checkpoint("serving"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.ServeEndpoint(back),
					drivers.Subscribe(func(ctx context.Context, _ *drivers.Scope, ask lahja.Event[Ask]) error {
						return ask.Respond(ctx, Answer{N: ask.Data.N})
					}),
					drivers.Checkpoint("serving"),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "headers/no-trace-is-made-up",
		Rule: "A handler's context has no trace if its event has none or a malformed one, which stays an ordinary header.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			events := drivers.NewSlot[[]lahja.Event[Tick]]("events")
			traced := lahja.Headers{lahja.HeaderTraceParent: aTrace.Parent}
			malformed := lahja.Headers{lahja.HeaderTraceParent: "00-rubbish-01"}
			contextHas := func(ctx context.Context, s *drivers.Scope, e lahja.Event[Tick]) error {
				if tc, ok := lahja.TraceFrom(ctx); ok != (e.Data.N == 0) {
					return fmt.Errorf("the context of event %v has the trace %+v: %t; its headers are %v", e, tc, ok, e.Headers())
				}
				return drivers.Append(events)(ctx, s, e)
			}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Subscribe(contextHas),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("sent"),
					drivers.Gathered(events, func(ctx context.Context, s *drivers.Scope, got []lahja.Event[Tick]) error {
						if err := inSequence(got, 3, tick); err != nil {
							return err
						}
						return hasHeaders[Tick](malformed)(ctx, s, got[2])
					})),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.Broadcast(Tick{N: 0}, lahja.BroadcastConfig{Headers: traced}),
					drivers.Broadcast(Tick{N: 1}),
					drivers.Broadcast(Tick{N: 2}, lahja.BroadcastConfig{Headers: malformed}),
					drivers.Sync("server"),
					drivers.Checkpoint("sent")),
			}
		},
	},
}

// askFurther answers a Ping with the answer to an Ask of the same number.
func askFurther(ctx context.Context, s *drivers.Scope, ping lahja.Event[Ping]) error {
	answer, err := lahja.Request(ctx, s.Endpoint(), Ask{N: ping.Data.N})
	if err != nil {
		return err
	}
	want, _ := ping.Trace()
	if err := inTrace[Answer](want)(ctx, s, answer); err != nil {
		return err
	}
	return ping.Respond(ctx, Pong{N: answer.Data.N})
}

// inTrace expects an event of this trace; zero means none.
func inTrace[T any](want lahja.TraceContext) drivers.On[lahja.Event[T]] {
	return func(_ context.Context, _ *drivers.Scope, e lahja.Event[T]) error {
		if got, _ := e.Trace(); got != want {
			return fmt.Errorf("event %v is in the trace %+v; want %+v", e, got, want)
		}
		return nil
	}
}

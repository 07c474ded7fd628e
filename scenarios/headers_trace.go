package scenarios

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// aTrace is a trace that began outside the bus.
var aTrace = lahja.TraceContext{Parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", State: "vendor=1"}

// traceTable checks the headers that say which trace an event is in.
func traceTable() []d.Scenario {
	return []d.Scenario{
		d.Case("headers/trace-goes-along",
			"Whatever a handler sends is in the trace of its event: a request inside it, and the answers all the way back.",
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("front"),
				d.WaitUntilEndpointSubscribedTo[Ping]("front"),
				d.Do("request within a trace", func(ctx context.Context, s *d.Scope) error {
					pong, err := lahja.Request(lahja.WithTrace(ctx, aTrace), s.Endpoint(), Ping{N: 1})
					if err != nil {
						return err
					}
					return inTrace[Pong](aTrace)(ctx, s, pong)
				}),
				d.Request(Ping{N: 2}).Then(inTrace[Pong](lahja.TraceContext{}))),
			d.New(d.ServeEndpoint("front"),
				d.ConnectToEndpoints("back"),
				d.WaitUntilEndpointSubscribedTo[Ask]("back"),
				d.Serve(askFurther)),
			d.New(d.ServeEndpoint("back"), d.ServeRequests(func(ask lahja.Event[Ask]) Answer { return Answer{N: ask.Data.N} }))),

		d.Case("headers/no-trace-is-made-up",
			"A handler's context has no trace if its event has none or a malformed one, which stays an ordinary header.",
			d.New(d.ServeEndpoint("server"),
				d.Subscribe(func(ctx context.Context, s *d.Scope, e lahja.Event[Tick]) error {
					if tc, ok := lahja.TraceFrom(ctx); ok != (e.Data.N == 0) {
						return fmt.Errorf("the context of event %v has the trace %+v: %t; its headers are %v", e, tc, ok, e.Headers())
					}
					return d.Append(handled)(ctx, s, e)
				}),
				d.AwaitDriver("client"),
				d.Gathered(handled).InOrder(Tick{0}, Tick{1}, Tick{2}).Then(withHeaders(traced, nil, malformed))),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Tick](),
				d.Broadcast(Tick{0}, lahja.BroadcastConfig{Headers: traced}),
				d.Broadcast(Tick{1}),
				d.Broadcast(Tick{2}, lahja.BroadcastConfig{Headers: malformed}),
				d.Sync("server"))),
	}
}

var (
	traced    = lahja.Headers{lahja.HeaderTraceParent: aTrace.Parent}
	malformed = lahja.Headers{lahja.HeaderTraceParent: "00-rubbish-01"}
)

// askFurther answers a Ping with the answer to an Ask of the same number.
func askFurther(ctx context.Context, s *d.Scope, ping lahja.Event[Ping]) (Pong, error) {
	answer, err := lahja.Request(ctx, s.Endpoint(), Ask{N: ping.Data.N})
	if err != nil {
		return Pong{}, err
	}
	want, _ := ping.Trace()
	return Pong{N: answer.Data.N}, inTrace[Answer](want)(ctx, s, answer)
}

// inTrace expects an event of this trace; zero means none.
func inTrace[T any](want lahja.TraceContext) d.On[lahja.Event[T]] {
	return func(_ context.Context, _ *d.Scope, e lahja.Event[T]) error {
		if got, _ := e.Trace(); got != want {
			return fmt.Errorf("event %v is in the trace %+v; want %+v", e, got, want)
		}
		return nil
	}
}

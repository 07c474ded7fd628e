// Package otelobserve is OpenTelemetry for package lahja: metrics of what an endpoint
// does, spans of what is sent and handled, and a bridge between OpenTelemetry's spans
// and the trace that travels with events. Programs that do not import it do not link
// OpenTelemetry.
//
//	metrics, err := otelobserve.Metrics(nil) // nil: the global provider
//	ep, err := lahja.RunEndpoint(ctx, "client", &lahja.Options{Observer: metrics})
//	traced := otelobserve.Endpoint(ep, nil)
//
//	ctx, span := tracer.Start(ctx, "order")
//	pong, err := lahja.Request(ctx, traced, Ping{}) // a child of span
//
// An Endpoint makes a span for everything that is sent through it, and one for every
// call of a handler that was subscribed through it. The sender's span is the parent of
// the handler's, in whatever process that runs, and what the handler does with its
// context is beneath its span.
//
// Streams have no span of their own, as nobody knows when one is done with an event:
//
//	e, err := stream.Next(ctx)
//	tc, _ := e.Trace()
//	ctx = otelobserve.Follow(lahja.WithTrace(ctx, tc)) // spans from here on are beneath the sender's
//
// It is the OpenTelemetry API alone; which SDK takes the data is the program's choice.
package otelobserve

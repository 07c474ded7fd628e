// Package otelobserve connects package lahja to OpenTelemetry. It has metrics of what an
// endpoint does, spans of what it sends and handles, and a bridge between OpenTelemetry's
// spans and the trace that travels with events. Only programs that import it link
// OpenTelemetry.
//
//	metrics, err := otelobserve.Metrics(nil) // nil: the global provider
//	ep, err := p2p.RunEndpoint(ctx, "client", &p2p.Options{Observer: metrics})
//	traced := otelobserve.Endpoint(ep, nil)
//
//	ctx, span := tracer.Start(ctx, "order")
//	pong, err := lahja.Request(ctx, traced, Ping{}) // a child of span
//
// The endpoint that Endpoint returns makes a span for everything sent through it, and for
// every call of a handler that was subscribed through it. The sender's span is the parent
// of the handler's, even in another process. What the handler does with its context is a
// child of the handler's span.
//
// Streams make no spans, because the bus does not know when you are done with an event.
// Make your own:
//
//	e, err := stream.Next(ctx)
//	tc, _ := e.Trace()
//	ctx = otelobserve.Follow(lahja.WithTrace(ctx, tc)) // spans from here on are children of the sender's
//
// The package uses only the OpenTelemetry API. Your program chooses the SDK.
package otelobserve

package otelobserve_test

import (
	"context"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/observe/otelobserve"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// The sender's span is the parent of the handler's, in another process too.
func ExampleEndpoint() {
	ctx := context.Background()
	exporter := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))
	ep, err := p2p.RunEndpoint(ctx, "display", nil)
	if err != nil {
		panic(err)
	}
	traced := otelobserve.Endpoint(ep, provider)
	_, err = lahja.Subscribe(traced, func(context.Context, lahja.Event[Note]) error { return nil })
	if err != nil {
		panic(err)
	}
	if err := lahja.Broadcast(ctx, traced, Note{N: 1}); err != nil {
		panic(err)
	}
	if err := ep.Shutdown(ctx); err != nil { // It waits for the handler.
		panic(err)
	}
	for _, span := range exporter.GetSpans() {
		fmt.Println(span.Name, "has a parent:", span.Parent.IsValid())
	}
	// Unordered output:
	// send note has a parent: false
	// handle note has a parent: true
}

// Metrics is an observer. Nil stands for the global provider.
func ExampleMetrics() {
	metrics, err := otelobserve.Metrics(nil)
	if err != nil {
		panic(err)
	}
	ep, err := p2p.RunEndpoint(context.Background(), "display", &p2p.Options{Observer: metrics})
	if err != nil {
		panic(err)
	}
	defer ep.Close()
	fmt.Println(ep)
	// Output: display (running)
}

package otelobserve

import (
	"context"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/lahja/go-lahja/lahja"
)

// FromSpan returns the trace whose parent is the span. If sc is not valid, it returns the
// zero TraceContext, which is not Valid either.
func FromSpan(sc trace.SpanContext) lahja.TraceContext {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(trace.ContextWithSpanContext(context.Background(), sc), carrier)
	return lahja.TraceContext{Parent: carrier[lahja.HeaderTraceParent], State: carrier[lahja.HeaderTraceState]}
}

// ToSpan returns the span that is the trace's parent, perhaps of another process. It is not
// valid if tc is not.
func ToSpan(tc lahja.TraceContext) trace.SpanContext {
	carrier := propagation.MapCarrier{lahja.HeaderTraceParent: tc.Parent, lahja.HeaderTraceState: tc.State}
	return trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), carrier))
}

// Carry returns ctx with the trace of its span. That span is the parent of what you send
// with ctx through any endpoint. Without a span it returns ctx.
func Carry(ctx context.Context) context.Context {
	if sc := trace.SpanContextFromContext(ctx); sc.IsValid() {
		return lahja.WithTrace(ctx, FromSpan(sc))
	}
	return ctx
}

// Follow returns ctx with the parent of its trace as a remote span. Spans that you start
// with it are children of the sender's. Without a trace it returns ctx.
func Follow(ctx context.Context) context.Context {
	tc, ok := lahja.TraceFrom(ctx)
	if !ok {
		return ctx
	}
	if sc := ToSpan(tc); sc.IsValid() {
		return trace.ContextWithRemoteSpanContext(ctx, sc)
	}
	return ctx
}

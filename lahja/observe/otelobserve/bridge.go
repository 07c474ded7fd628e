package otelobserve

import (
	"context"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/lahja/go-lahja/lahja"
)

// FromSpan is the trace that has the span as its parent; the zero one, which is not
// Valid, for a span context that is not valid.
func FromSpan(sc trace.SpanContext) lahja.TraceContext {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(trace.ContextWithSpanContext(context.Background(), sc), carrier)
	return lahja.TraceContext{Parent: carrier[lahja.HeaderTraceParent], State: carrier[lahja.HeaderTraceState]}
}

// ToSpan is the span, of another process perhaps, that is the trace's parent. It is
// not valid where tc is not.
func ToSpan(tc lahja.TraceContext) trace.SpanContext {
	carrier := propagation.MapCarrier{lahja.HeaderTraceParent: tc.Parent, lahja.HeaderTraceState: tc.State}
	return trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), carrier))
}

// Carry is ctx with the trace of its span: what is sent with it through any endpoint
// has that span as its parent. Without a span it is ctx.
func Carry(ctx context.Context) context.Context {
	if sc := trace.SpanContextFromContext(ctx); sc.IsValid() {
		return lahja.WithTrace(ctx, FromSpan(sc))
	}
	return ctx
}

// Follow is ctx with the parent of its trace as a remote span: spans that are started
// with it are beneath the sender's. Without a trace it is ctx.
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

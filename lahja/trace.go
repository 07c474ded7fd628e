package lahja

import (
	"context"
	"maps"
	"strings"
)

// The headers that carry a trace, as W3C Trace Context names them.
const (
	HeaderTraceParent = "traceparent"
	HeaderTraceState  = "tracestate"
)

func isTraceHeader(key string) bool { return key == HeaderTraceParent || key == HeaderTraceState }

// TraceContext says which trace something belongs to, and what in it is its parent,
// as W3C Trace Context has it. The bus carries it and makes no spans; package
// otelobserve does.
//
// What is broadcast or requested with the context of WithTrace carries it as
// headers, unless the config's Headers have a HeaderTraceParent, which then goes
// alone with what they have. A handler's context has the trace of the event that it
// handles, so that what it sends with this context, answers included, is in the same
// trace.
type TraceContext struct {
	// Parent is the traceparent: a version, the ids of the trace and of the parent,
	// and flags, in lower-case hexadecimal digits:
	// 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.
	Parent string
	// State is the tracestate, what vendors add; it may be empty.
	State string
}

// Valid tells whether Parent is a traceparent. State is not looked at.
func (tc TraceContext) Valid() bool { return validTraceParent(tc.Parent) }

// TraceID is the id of the trace, 32 hexadecimal digits; empty where tc is not Valid.
func (tc TraceContext) TraceID() string {
	if !tc.Valid() {
		return ""
	}
	return tc.Parent[3:35]
}

type traceKey struct{}

// WithTrace is ctx with a trace for what is sent with it. With a TraceContext that is
// not Valid it has none, as if there were no traceparent; so a zero one takes ctx out
// of its trace. A State that is over 512 bytes or not printable ASCII is left out.
func WithTrace(ctx context.Context, tc TraceContext) context.Context {
	if !tc.Valid() {
		if _, traced := TraceFrom(ctx); !traced {
			return ctx
		}
		tc = TraceContext{}
	}
	if len(tc.State) > maxTraceState || unprintable(tc.State) >= 0 {
		tc.State = ""
	}
	return context.WithValue(ctx, traceKey{}, tc)
}

// TraceFrom is the trace of ctx, and whether there is one.
func TraceFrom(ctx context.Context) (TraceContext, bool) {
	tc, _ := ctx.Value(traceKey{}).(TraceContext)
	return tc, tc.Parent != ""
}

// Trace is the trace that the headers carry. There is none where the traceparent is
// missing or malformed.
func (h Headers) Trace() (TraceContext, bool) {
	parent := h[HeaderTraceParent]
	if !validTraceParent(parent) {
		return TraceContext{}, false
	}
	return TraceContext{Parent: parent, State: h[HeaderTraceState]}, true
}

// traced is a copy with the trace of ctx, or nil where there is nothing.
func (h Headers) traced(ctx context.Context) Headers {
	tc, ok := TraceFrom(ctx)
	if _, given := h[HeaderTraceParent]; !ok || given {
		if len(h) == 0 {
			return nil
		}
		return maps.Clone(h)
	}
	all := make(Headers, len(h)+2)
	maps.Copy(all, h)
	all[HeaderTraceParent] = tc.Parent
	delete(all, HeaderTraceState) // one without its parent means nothing
	if tc.State != "" {
		all[HeaderTraceState] = tc.State
	}
	return all
}

const (
	// maxTraceState is what W3C Trace Context wants to be carried at least.
	maxTraceState = 512
	// maxTraceParent leaves versions to come some room.
	maxTraceParent = 256
	// traceParentSize is the size of version 00, with which later versions begin.
	traceParentSize = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
)

// validTraceParent tells whether s is a traceparent: of version 00, or of a later one
// that begins like it.
func validTraceParent(s string) bool {
	if len(s) < traceParentSize || len(s) > maxTraceParent || unprintable(s) >= 0 {
		return false
	}
	version, trace, parent, flags := s[:2], s[3:35], s[36:52], s[53:55]
	for _, dash := range []int{2, 35, 52} {
		if s[dash] != '-' {
			return false
		}
	}
	if !isHex(version) || !isHex(trace) || !isHex(parent) || !isHex(flags) {
		return false
	}
	if version == "ff" || isZeros(trace) || isZeros(parent) {
		return false
	}
	rest := s[traceParentSize:]
	return rest == "" || version != "00" && rest[0] == '-'
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

func isZeros(s string) bool { return strings.Trim(s, "0") == "" }

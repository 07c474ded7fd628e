package lahja

import (
	"context"
	"maps"
	"strings"

	"github.com/lahja/go-lahja/internal/brief"
)

// The headers that carry a trace, as named by W3C Trace Context.
const (
	HeaderTraceParent = "traceparent"
	HeaderTraceState  = "tracestate"
)

func isTraceHeader(key string) bool { return key == HeaderTraceParent || key == HeaderTraceState }

// TraceContext identifies a trace and the parent within it, as in W3C Trace Context. The
// bus carries it but makes no spans; package otelobserve does.
//
// What you broadcast or request with the context of WithTrace carries the trace as headers.
// If the config's Headers have their own HeaderTraceParent, only those are sent. A
// handler's context carries the trace of its event, so what the handler sends with that
// context, answers included, belongs to the same trace.
type TraceContext struct {
	// Parent is the traceparent: a version, the ids of the trace and of the parent, and
	// flags, in lower-case hexadecimal, for example
	// 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.
	Parent string
	// State is the tracestate, to which vendors add. It may be empty.
	State string
}

// Valid reports whether Parent is a valid traceparent. It ignores State.
func (tc TraceContext) Valid() bool { return validTraceParent(tc.Parent) }

// TraceID returns the id of the trace, 32 hexadecimal digits, or "" if tc is not Valid.
func (tc TraceContext) TraceID() string {
	if !tc.Valid() {
		return ""
	}
	return tc.Parent[3:35]
}

type traceKey struct{}

// WithTrace returns ctx with a trace for what is sent with it. If tc is not Valid the
// result has no trace, so a zero TraceContext takes ctx out of its trace. A State that has
// more than 512 bytes, or is not printable ASCII, is left out.
func WithTrace(ctx context.Context, tc TraceContext) context.Context {
	if !tc.Valid() {
		if _, traced := TraceFrom(ctx); !traced {
			return ctx
		}
		tc = TraceContext{}
	}
	if len(tc.State) > maxTraceState || brief.Unprintable(tc.State) >= 0 {
		tc.State = ""
	}
	return context.WithValue(ctx, traceKey{}, tc)
}

// TraceFrom returns the trace of ctx, and whether there is one.
func TraceFrom(ctx context.Context) (TraceContext, bool) {
	tc, _ := ctx.Value(traceKey{}).(TraceContext)
	return tc, tc.Parent != ""
}

// Trace returns the trace that the headers carry. There is none if the traceparent is
// missing or malformed.
func (h Headers) Trace() (TraceContext, bool) {
	parent := h[HeaderTraceParent]
	if !validTraceParent(parent) {
		return TraceContext{}, false
	}
	return TraceContext{Parent: parent, State: h[HeaderTraceState]}, true
}

// traced returns a copy with the trace of ctx added, or nil if that is empty.
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
	// maxTraceState is the least that W3C Trace Context requires to be carried.
	maxTraceState = 512
	// maxTraceParent leaves room for future versions.
	maxTraceParent = 256
	// traceParentSize is the size of version 00. Later versions begin like it.
	traceParentSize = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
)

// validTraceParent reports whether s is a traceparent: of version 00, or of a later one
// that begins like it.
func validTraceParent(s string) bool {
	if len(s) < traceParentSize || len(s) > maxTraceParent || brief.Unprintable(s) >= 0 {
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

package p2p_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja"
)

const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

var trace = lahja.TraceContext{Parent: parent, State: "vendor=1,other=2"}

func TestTraceParents(t *testing.T) {
	for tp, want := range map[string]bool{
		parent:                     true,
		"":                         false,
		parent[:54]:                false,
		parent + "-":               false, // version 00 has no more
		"cc" + parent[2:]:          true,
		"cc" + parent[2:] + "-abc": true,
		"cc" + parent[2:] + "abc":  false,
		"cc" + parent[2:] + "-" + strings.Repeat("x", 250): false,
		"ff" + parent[2:]:                             false,
		strings.ToUpper(parent):                       false,
		strings.Replace(parent, "0af", "0ag", 1):      false,
		strings.ReplaceAll(parent, "-", "_"):          false,
		"00-" + strings.Repeat("0", 32) + parent[35:]: false,
		parent[:36] + strings.Repeat("0", 16) + "-01": false,
		parent[:53] + "0\n":                           false,
		strings.Repeat("-", 55):                       false,
	} {
		if got := (lahja.TraceContext{Parent: tp}).Valid(); got != want {
			t.Errorf("%q: got %t, want %t", tp, got, want)
		}
		if got := (lahja.TraceContext{Parent: tp}).TraceID(); want != (got == parent[3:35]) || !want && got != "" {
			t.Errorf("%q: got the trace's id %q", tp, got)
		}
		_, traced := lahja.TraceFrom(lahja.WithTrace(t.Context(), lahja.TraceContext{Parent: tp}))
		if traced != want {
			t.Errorf("%q: the context has it: %t, want %t", tp, traced, want)
		}
	}
}

func TestWithTrace(t *testing.T) {
	ctx := lahja.WithTrace(t.Context(), trace)
	if got, ok := lahja.TraceFrom(ctx); !ok || got != trace {
		t.Errorf("got %+v, %t; want %+v", got, ok, trace)
	}
	if got, ok := lahja.TraceFrom(lahja.WithTrace(ctx, lahja.TraceContext{})); ok {
		t.Errorf("got %+v, want it out of its trace", got)
	}
	if ctx := t.Context(); lahja.WithTrace(ctx, lahja.TraceContext{Parent: "x"}) != ctx {
		t.Error("got another context for no trace, want the one given")
	}
	for _, state := range []string{strings.Repeat("v", 513), "two\nlines"} {
		got, ok := lahja.TraceFrom(lahja.WithTrace(ctx, lahja.TraceContext{Parent: parent, State: state}))
		if !ok || got != (lahja.TraceContext{Parent: parent}) {
			t.Errorf("state %.20q: got %+v, %t; want the parent alone", state, got, ok)
		}
	}
}

func TestTraceGoesAlongAsHeaders(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		ticks := stream[Tick](t, server)
		n.connect(client, "server")
		other := strings.Replace(parent, "b7", "c7", 1)
		ctx := lahja.WithTrace(t.Context(), trace)
		both := lahja.Headers{"traceparent": parent, "tracestate": trace.State}
		for i, c := range []struct {
			ctx         context.Context
			given, want lahja.Headers
			trace       lahja.TraceContext
		}{
			{ctx, nil, both, trace},
			{t.Context(), nil, nil, lahja.TraceContext{}},
			{lahja.WithTrace(ctx, lahja.TraceContext{Parent: other}), nil, lahja.Headers{"traceparent": other}, lahja.TraceContext{Parent: other}},
			{ctx, lahja.Headers{"traceparent": other}, lahja.Headers{"traceparent": other}, lahja.TraceContext{Parent: other}},
			{ctx, lahja.Headers{"traceparent": "rubbish"}, lahja.Headers{"traceparent": "rubbish"}, lahja.TraceContext{}},
			{ctx, lahja.Headers{"tracestate": "of another"}, both, trace},
			{lahja.WithTrace(ctx, lahja.TraceContext{Parent: other}), lahja.Headers{"tracestate": "of another"}, lahja.Headers{"traceparent": other}, lahja.TraceContext{Parent: other}},
		} {
			check(t, lahja.Broadcast(c.ctx, client, Tick{N: i}, lahja.BroadcastConfig{Headers: c.given}))
			e := next(t, ticks)
			if got, ok := e.Trace(); !maps.Equal(e.Headers(), c.want) || got != c.trace || ok != (got.Parent != "") {
				t.Errorf("event %d: got the headers %v and the trace %+v, %t; want %v and %+v", i, e.Headers(), got, ok, c.want, c.trace)
			}
		}
	})
}

func TestHandlersAreInTheTraceOfTheirEvent(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		seen := make(chan lahja.TraceContext, 4)
		_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
			tc, _ := lahja.TraceFrom(ctx)
			seen <- tc
			if err := server.Sync(ctx, "server"); err != nil { // the context is this handler's all the same
				return err
			}
			return e.Respond(ctx, Pong{})
		})
		check(t, err)
		n.connect(client, "server")
		for _, c := range []struct {
			headers lahja.Headers
			want    lahja.TraceContext
		}{
			{nil, trace},
			{lahja.Headers{"traceparent": "rubbish"}, lahja.TraceContext{}},
			{nil, trace},
		} {
			pong, err := lahja.Request(lahja.WithTrace(limited(t), trace), client, Ping{}, lahja.BroadcastConfig{Headers: c.headers})
			check(t, err)
			if got := <-seen; got != c.want {
				t.Errorf("the handler's context has %+v, want %+v", got, c.want)
			}
			if got, _ := pong.Trace(); got != c.want {
				t.Errorf("the answer has %+v, want %+v", got, c.want)
			}
		}
		_, err = lahja.Request(limited(t), client, Ping{})
		check(t, err)
		if got := <-seen; got != (lahja.TraceContext{}) {
			t.Errorf("without a trace the handler's context has %+v, want none of an event before", got)
		}
	})
}

func TestEventsWithoutHeadersCostNoAllocation(t *testing.T) {
	ctx := t.Context()
	got := testing.AllocsPerRun(100, func() {
		if h, err := lahja.Headers(nil).ToSend(ctx); h != nil || err != nil {
			t.Error("something is sent where there is nothing")
		}
		if _, ok := lahja.TraceFrom(ctx); ok {
			t.Error("a context without a trace has one")
		}
		if _, ok := (lahja.Event[Tick]{}).Trace(); ok {
			t.Error("an event without headers has a trace")
		}
	})
	if got != 0 {
		t.Errorf("got %v allocations, want none", got)
	}
}

package p2p_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja"
)

func TestHeadersArriveAsSent(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		n.connect(client, "server")
		streams := []*lahja.Stream[Tick]{stream[Tick](t, server), stream[Tick](t, client)}
		check(t, lahja.WaitUntilEndpointSubscribedTo[Tick](limited(t), client, "server"))
		sent := []lahja.Headers{nil, {"a": ""}, {}, {"b": "\u00e4", "A key": "1\n2"}, full(lahja.MaxHeaders), nil}
		for i, h := range sent {
			given := maps.Clone(h)
			check(t, lahja.Broadcast(t.Context(), client, Tick{N: i}, lahja.BroadcastConfig{Headers: given}))
			clear(given) // the map is the sender's again
		}
		for _, s := range streams {
			for i, want := range sent {
				e := next(t, s)
				if e.Data.N != i || !maps.Equal(e.Headers(), want) || !maps.Equal(e.Received().Headers, want) {
					t.Errorf("got %v with %d headers %.80q, want %d with %d headers %.80q", e, len(e.Headers()), e.Headers(), i, len(want), want)
				}
				if len(want) == 0 && e.Headers() != nil {
					t.Errorf("got an empty map where no header was sent, want nil")
				}
			}
		}
	})
}

// full is so many headers of as many bytes as may be together.
func full(count int) lahja.Headers {
	h := lahja.Headers{}
	for i := range count {
		key := fmt.Sprintf("%c%s", '!'+i, strings.Repeat("k", lahja.MaxHeaderKey-1))
		h[key] = strings.Repeat("v", lahja.MaxHeaderBytes/count-len(key))
	}
	return h
}

func TestHeadersOfRequestAndAnswer(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
			if e.Data.N == 0 {
				return e.Respond(ctx, Pong{})
			}
			config := e.BroadcastConfig(false)
			config.Headers = lahja.Headers{"answer": e.Headers()["ask"]}
			return lahja.Broadcast(ctx, server, Pong{}, config)
		})
		check(t, err)
		n.connect(client, "server")
		for i, want := range []lahja.Headers{nil, {"answer": "me"}} {
			e, err := lahja.Request(limited(t), client, Ping{N: i}, lahja.BroadcastConfig{Headers: lahja.Headers{"ask": "me"}})
			check(t, err)
			if !maps.Equal(e.Headers(), want) {
				t.Errorf("the answer to %d has the headers %v, want %v", i, e.Headers(), want)
			}
		}
	})
}

func TestHeadersOutsideTheLimitsAreRefusedAndReachNobody(t *testing.T) {
	ep := memoryNetwork(t).run("a")
	ticks := stream[Tick](t, ep)
	many := full(lahja.MaxHeaders)
	many["zz"] = ""
	large := full(8)
	large["zz"] = ""
	cases := map[string]struct {
		headers lahja.Headers
		says    string
	}{
		"empty key":             {lahja.Headers{"": "of nothing"}, `of nothing`},
		"long key":              {lahja.Headers{"x" + strings.Repeat("k", lahja.MaxHeaderKey): ""}, `"xkkkk`},
		"key not printable":     {lahja.Headers{"two\nlines": ""}, `"two\nlines" has byte 0x0a at 3`},
		"key not ASCII":         {lahja.Headers{"\u00e4": ""}, "\"\u00e4\" has byte 0xc3 at 0"},
		"long value":            {lahja.Headers{"ok": "", "size": strings.Repeat("v", lahja.MaxHeaderValue+1)}, `"size" has 4097 bytes; the limit is 4096`},
		"value not UTF-8":       {lahja.Headers{"bytes": "\xff"}, `"bytes" is not UTF-8`},
		"too many":              {many, `65 headers; with "zz" they exceed the limit of 64`},
		"too large together":    {large, `up to "zz" have 16386 bytes; the limit is 16384`},
		"a trace state as well": {lahja.Headers{lahja.HeaderTraceState: strings.Repeat("v", lahja.MaxHeaderValue+1)}, `"tracestate" has 4097`},
	}
	for name, c := range cases {
		err := lahja.Broadcast(t.Context(), ep, Tick{}, lahja.BroadcastConfig{Headers: c.headers})
		is(t, err, lahja.ErrInvalid)
		if !strings.Contains(fmt.Sprint(err), c.says) {
			t.Errorf("%s: got %v, want it to say %q", name, err, c.says)
		}
		_, err = lahja.Request(t.Context(), ep, Ping{}, lahja.BroadcastConfig{Headers: c.headers})
		is(t, err, lahja.ErrInvalid)
	}
	check(t, ep.Sync(limited(t), "a"))
	if e, ok := ticks.TryNext(); ok {
		t.Errorf("got %v with headers %.80q, want nothing", e, e.Headers())
	}
}

func TestTraceOnTopOfTheMostHeadersIsPassedOn(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		ticks := stream[Tick](t, server)
		n.connect(client, "server")
		h := full(lahja.MaxHeaders)
		check(t, lahja.Broadcast(lahja.WithTrace(t.Context(), trace), client, Tick{}, lahja.BroadcastConfig{Headers: h}))
		first := next(t, ticks).Headers()
		check(t, lahja.Broadcast(t.Context(), client, Tick{}, lahja.BroadcastConfig{Headers: first}))
		h["traceparent"], h["tracestate"] = trace.Parent, trace.State
		if again := next(t, ticks).Headers(); !maps.Equal(first, h) || !maps.Equal(again, h) {
			t.Errorf("got %d headers, passed on %d, want %d", len(first), len(again), len(h))
		}
	})
}

func TestHeadersComeOnTopOfTheLargestPayload(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		n.opts.MaxPayload, n.opts.CompressAbove = 5<<20, -1
		server, client := n.serve("server"), n.run("client")
		blobs := stream[Blob](t, server)
		n.connect(client, "server")
		ctx := lahja.WithTrace(t.Context(), trace)
		config := lahja.BroadcastConfig{Headers: full(lahja.MaxHeaders)}
		blob := Blob{Bytes: make([]byte, n.opts.MaxPayload)}
		for err := lahja.ErrTooLarge; err != nil; err = lahja.Broadcast(ctx, client, blob, config) {
			is(t, err, lahja.ErrTooLarge)
			blob.Bytes = blob.Bytes[1:] // until its encoding just fits
		}
		if e := next(t, blobs); len(e.Data.Bytes) != len(blob.Bytes) || len(e.Headers()) != lahja.MaxHeaders+2 {
			t.Errorf("got %d bytes with %d headers, want %d with %d", len(e.Data.Bytes), len(e.Headers()), len(blob.Bytes), lahja.MaxHeaders+2)
		}
	})
}

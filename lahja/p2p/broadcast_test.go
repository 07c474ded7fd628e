package p2p_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

func TestBroadcastReachesEverySubscriberOnceInOrder(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server := n.serve("server")
		clients := []*p2p.Endpoint{n.run("a"), n.run("b")}
		streams := []*lahja.Stream[Tick]{stream[Tick](t, server)}
		for _, c := range clients {
			streams = append(streams, stream[Tick](t, c))
			n.connect(c, "server")
		}
		for i := range 500 {
			check(t, lahja.Broadcast(t.Context(), server, Tick{N: i}))
		}
		for _, s := range streams {
			for i := range 500 {
				if e := next(t, s); e.Data.N != i || e.Origin() != "server" {
					t.Fatalf("got %v, want %d from server", e, i)
				}
			}
		}
	})
}

func TestServerSendsToTheClientThatDialled(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		n.connect(client, "server")
		ticks := stream[Tick](t, client)
		check(t, lahja.WaitUntilEndpointSubscribedTo[Tick](limited(t), server, "client"))
		check(t, lahja.Broadcast(t.Context(), server, &Tick{N: 7}))
		if e := next(t, ticks); e.Data.N != 7 {
			t.Errorf("got %v, want 7", e)
		}
	})
}

func TestEventsGoOnlyToWhomTheConfigAllows(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server := n.serve("server")
		own := stream[Tick](t, server)
		inbox := map[string]*lahja.Stream[Tick]{"server": own}
		for _, name := range []string{"a", "b", "c"} {
			c := n.run(name)
			inbox[name] = stream[Tick](t, c)
			n.connect(c, "server")
		}
		for _, test := range []struct {
			config lahja.BroadcastConfig
			want   string
		}{
			{lahja.BroadcastConfig{}, "a b c server"},
			{lahja.BroadcastConfig{Internal: true}, "server"},
			{lahja.BroadcastConfig{FilterEndpoints: []string{"b"}}, "b"},
			{lahja.BroadcastConfig{FilterEndpoints: []string{"a", "c", "a"}}, "a c"},
			{lahja.BroadcastConfig{FilterEndpoints: []string{"server", "c"}}, "c server"},
		} {
			check(t, lahja.Broadcast(t.Context(), server, Tick{}, test.config))
			var got []string
			for _, name := range []string{"a", "b", "c", "server"} {
				check(t, server.Sync(limited(t), name))
				for _, ok := inbox[name].TryNext(); ok; _, ok = inbox[name].TryNext() {
					got = append(got, name)
				}
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("%+v: got %v, want %s", test.config, got, test.want)
			}
		}
	})
}

func TestBroadcastIsRefused(t *testing.T) {
	n := memoryNetwork(t)
	server, client := n.serve("server"), n.run("client")
	n.connect(client, "server")
	pongs := stream[Pong](t, server)
	ticks := stream[Tick](t, client)
	check(t, lahja.WaitUntilEndpointSubscribedTo[Pong](limited(t), client, "server"))
	known(t, client)
	check(t, lahja.Broadcast(t.Context(), client, Tick{}))
	received := next(t, ticks)

	var none *Tick
	gone, end := context.WithCancel(t.Context())
	end()
	for name, test := range map[string]struct {
		ctx    context.Context
		event  any
		config lahja.BroadcastConfig
		want   error
		text   string
	}{
		"a received event":           {event: received, want: lahja.ErrBind, text: "broadcast its Data"},
		"an untyped received event":  {event: received.Received(), want: lahja.ErrBind},
		"a nil pointer":              {event: none, want: lahja.ErrInvalid},
		"no struct":                  {event: 1, want: lahja.ErrInvalid},
		"internal with a filter":     {event: Tick{}, config: lahja.BroadcastConfig{Internal: true, FilterEndpoints: []string{"server"}}, want: lahja.ErrInvalid},
		"nobody subscribes":          {event: Blob{}, want: lahja.ErrNoSubscribers, text: "server subscribes to test/pong"},
		"nobody here subscribes":     {event: Pong{}, config: lahja.BroadcastConfig{Internal: true}, want: lahja.ErrNoSubscribers},
		"an unknown endpoint":        {event: Tick{}, config: lahja.BroadcastConfig{FilterEndpoints: []string{"x"}}, want: lahja.ErrNoSubscribers, text: "x is not connected"},
		"one of two not subscribed":  {event: Tick{}, config: lahja.BroadcastConfig{FilterEndpoints: []string{"client", "server"}}, want: lahja.ErrNoSubscribers, text: "server subscribes to test/pong, not to this"},
		"an answer to nobody":        {event: Pong{}, config: lahja.BroadcastConfig{FilterEndpoints: []string{"x"}, FilterEventID: lahja.EventID{Instance: 1, Sequence: 1}}, want: lahja.ErrRemoteDisconnected, text: "peer x"},
		"an internal answer abroad":  {event: Pong{}, config: lahja.BroadcastConfig{Internal: true, FilterEventID: lahja.EventID{Instance: 1, Sequence: 1}}, want: lahja.ErrInvalid},
		"a context that has ended":   {ctx: gone, event: Tick{}, want: context.Canceled},
		"a context and no receivers": {ctx: gone, event: Blob{}, want: context.Canceled},
	} {
		ctx := test.ctx
		if ctx == nil {
			ctx = t.Context()
		}
		err := client.Broadcast(ctx, test.event, test.config)
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: got %v, want %v with %q", name, err, test.want, test.text)
		}
	}
	check(t, client.Sync(limited(t), "server"))
	if e, ok := pongs.TryNext(); ok {
		t.Errorf("a refused broadcast arrived: %v", e)
	}
	if e, ok := ticks.TryNext(); ok {
		t.Errorf("a refused broadcast was delivered: %v", e)
	}
}

func TestBroadcastWithoutSubscribersIsAllowedWhereTheConfigSaysSo(t *testing.T) {
	n := memoryNetwork(t)
	ep := n.run("a")
	for _, config := range []lahja.BroadcastConfig{
		{AllowNoSubscribers: true},
		{AllowNoSubscribers: true, Internal: true},
		{AllowNoSubscribers: true, FilterEndpoints: []string{"x"}},
	} {
		check(t, lahja.Broadcast(t.Context(), ep, Tick{}, config))
	}
}

func TestReceivedEventIsBroadcastAgainByItsData(t *testing.T) {
	n := memoryNetwork(t)
	ep := n.run("a")
	ticks := stream[Tick](t, ep)
	check(t, lahja.Broadcast(t.Context(), ep, Tick{N: 1}))
	first := next(t, ticks)
	check(t, lahja.Broadcast(t.Context(), ep, first.Data))
	second := next(t, ticks)
	if second.ID() == first.ID() || second.Data != first.Data {
		t.Errorf("got %v as %v, want the same data under an id other than %v", second, second.ID(), first.ID())
	}
}

func TestPointerIsCopiedForLocalSubscribers(t *testing.T) {
	n := memoryNetwork(t)
	ep := n.run("a")
	ticks := stream[Tick](t, ep)
	tick := &Tick{N: 1}
	check(t, lahja.Broadcast(t.Context(), ep, tick))
	tick.N = 2
	if e := next(t, ticks); e.Data.N != 1 {
		t.Errorf("got %d, want the value at the time of the broadcast, 1", e.Data.N)
	}
}

func TestTooLargeEventReachesNobody(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		n.opts.MaxPayload = 1000
		server, client := n.serve("server"), n.run("client")
		own, remote := stream[Blob](t, client), stream[Blob](t, server)
		n.connect(client, "server")
		err := lahja.Broadcast(t.Context(), client, Blob{Bytes: make([]byte, 2000)})
		if text := is(t, err, lahja.ErrTooLarge); !strings.Contains(text, "the limit is 1000") {
			t.Errorf("got %q, want the limit in it", text)
		}
		check(t, lahja.Broadcast(t.Context(), client, Blob{Bytes: make([]byte, 900)}))
		for _, s := range []*lahja.Stream[Blob]{own, remote} {
			if e := next(t, s); len(e.Data.Bytes) != 900 {
				t.Errorf("got %d bytes, want 900", len(e.Data.Bytes))
			}
		}
	})
}

func TestLargeEventsArriveWhole(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		blobs := stream[Blob](t, server)
		n.connect(client, "server")
		for _, size := range []int{0, 1, 1 << 10, 64<<10 - 1, 64 << 10, 5 << 20} {
			bytes := make([]byte, size)
			for i := range bytes {
				bytes[i] = byte(i * i >> 3)
			}
			check(t, lahja.Broadcast(t.Context(), client, Blob{Bytes: bytes}))
			if e := next(t, blobs); string(e.Data.Bytes) != string(bytes) {
				t.Errorf("%d bytes: what arrived differs", size)
			}
		}
	})
}

// TestOneValueIsBroadcastAnyNumberOfTimes pins that a value is not bound by a broadcast: each
// is an event of its own.
func TestOneValueIsBroadcastAnyNumberOfTimes(t *testing.T) {
	ep := memoryNetwork(t).run("a")
	ticks := stream[Tick](t, ep)
	tick := &Tick{N: 1}
	for range 2 {
		check(t, lahja.Broadcast(t.Context(), ep, tick))
	}
	first, second := next(t, ticks), next(t, ticks)
	if first.ID() == second.ID() || first.Data != second.Data {
		t.Errorf("got %v and %v (%v, %v), want equal data and ids of their own", first, second, first.ID(), second.ID())
	}
}

package p2p_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// PingPointer expects what nothing can arrive as.
type PingPointer struct{ lahja.Expects[*Pong] }

func (PingPointer) EventName() string { return "test/ping-pointer" }

func TestPointersAreRefusedWhereEventsArriveAsValues(t *testing.T) {
	ep := memoryNetwork(t).run("a")
	for name, register := range map[string]func() error{
		"stream": func() error {
			_, err := lahja.NewStream[*Tick](ep)
			return err
		},
		"handler": func() error {
			_, err := lahja.Subscribe(ep, func(context.Context, lahja.Event[*Tick]) error { return nil })
			return err
		},
		"wait for": func() error {
			_, err := lahja.WaitFor[*Tick](t.Context(), ep)
			return err
		},
		"answer": func() error {
			_, err := lahja.Request(t.Context(), ep, PingPointer{})
			return err
		},
	} {
		text := is(t, register(), lahja.ErrInvalid)
		if !strings.Contains(text, "use p2p_test.") || !strings.Contains(text, ", not *p2p_test.") {
			t.Errorf("%s: got %q, want the mend", name, text)
		}
	}
	if got := lahja.GetSubscribedEvents(ep); len(got) != 0 {
		t.Errorf("it subscribes to %v", got)
	}
}

func TestRequestThatNobodyCanAnswerFailsAtOnce(t *testing.T) {
	ep := memoryNetwork(t).run("a")
	for _, config := range []lahja.BroadcastConfig{
		{AllowNoSubscribers: true},
		{AllowNoSubscribers: true, FilterEndpoints: []string{"nobody"}},
		{AllowNoSubscribers: true, Internal: true},
	} {
		_, err := lahja.Request(t.Context(), ep, Ping{}, config)
		is(t, err, lahja.ErrNoSubscribers)
	}
	if n := p2p.PendingRequests(ep); n != 0 {
		t.Errorf("%d requests wait", n)
	}
}

// told wants an *Error with these fields, where they are not "".
func told(t *testing.T, what string, err error, want lahja.Error) {
	t.Helper()
	got, ok := errors.AsType[*lahja.Error](err)
	if !ok {
		t.Errorf("%s: got %v, want an *Error", what, err)
		return
	}
	if got.Op == "" || got.Endpoint != want.Endpoint ||
		want.Peer != "" && got.Peer != want.Peer || want.Event != "" && got.Event != want.Event || !errors.Is(err, want.Kind) {
		t.Errorf("%s: got %+v, want %+v", what, *got, want)
	}
}

func TestErrorsSayWhereAndAboutWhat(t *testing.T) {
	n := memoryNetwork(t)
	ep, other := n.serve("a"), n.run("b")
	n.connect(other, "a")
	ticks := stream[Tick](t, ep)
	check(t, lahja.Broadcast(t.Context(), ep, Tick{}))
	received := next(t, ticks)
	broadcast := func(payload any, names ...string) error {
		return lahja.Broadcast(t.Context(), ep, payload, lahja.BroadcastConfig{FilterEndpoints: names})
	}
	tick, ping := "test/tick", "test/ping"
	told(t, "a received event", broadcast(received), lahja.Error{Endpoint: "a", Event: tick, Kind: lahja.ErrBind})
	told(t, "a pointer to one", broadcast(&received), lahja.Error{Endpoint: "a", Event: tick, Kind: lahja.ErrBind})
	told(t, "an untyped one", broadcast(received.Received()), lahja.Error{Endpoint: "a", Event: tick, Kind: lahja.ErrBind})
	told(t, "no struct", broadcast(5), lahja.Error{Endpoint: "a", Kind: lahja.ErrInvalid})
	told(t, "nil", broadcast(nil), lahja.Error{Endpoint: "a", Kind: lahja.ErrInvalid})
	told(t, "a nil pointer", broadcast((*Tick)(nil)), lahja.Error{Endpoint: "a", Event: tick, Kind: lahja.ErrInvalid})
	told(t, "a nil pointer to a received event", broadcast((*lahja.Event[Tick])(nil)), lahja.Error{Endpoint: "a", Kind: lahja.ErrBind})
	told(t, "nobody", broadcast(Tick{}, "z"), lahja.Error{Endpoint: "a", Event: tick, Kind: lahja.ErrNoSubscribers})
	told(t, "no name", ep.ConnectToEndpoints(t.Context(), lahja.ConnectionConfig{}), lahja.Error{Endpoint: "a", Kind: lahja.ErrInvalid})
	_, err := lahja.NewStream[int](ep)
	told(t, "a stream of no struct", err, lahja.Error{Endpoint: "a", Kind: lahja.ErrInvalid})

	pings := stream[Ping](t, ep)
	failed := make(chan error, 1)
	go func() {
		_, err := lahja.Request(t.Context(), ep, Ping{})
		failed <- err
	}()
	next(t, pings)
	check(t, ep.Close())
	closed := lahja.Error{Endpoint: "a", Event: ping, Kind: lahja.ErrLifecycle}
	told(t, "a request that waited", <-failed, closed)
	told(t, "broadcast", broadcast(Ping{}), closed)
	_, err = lahja.Request(t.Context(), ep, Ping{})
	told(t, "request", err, closed)
	_, err = lahja.NewStream[Ping](ep)
	told(t, "stream", err, closed)
	_, err = pings.Next(t.Context())
	told(t, "next", err, closed)
	told(t, "connect", ep.ConnectToEndpoints(t.Context(), n.config("z")), lahja.Error{Endpoint: "a", Peer: "z", Kind: lahja.ErrLifecycle})
	told(t, "sync", ep.Sync(t.Context(), "b"), lahja.Error{Endpoint: "a", Peer: "b", Kind: lahja.ErrLifecycle})
	told(t, "sync with itself", ep.Sync(t.Context(), "a"), lahja.Error{Endpoint: "a", Peer: "a", Kind: lahja.ErrLifecycle})
}

// pickyTransport knows no address.
type pickyTransport struct{}

func (pickyTransport) Dial(_ context.Context, address string) (net.Conn, error) {
	return nil, fmt.Errorf("address %q: %w", address, fs.ErrInvalid)
}

func (pickyTransport) Listen(_ context.Context, address string) (net.Listener, error) {
	return nil, fmt.Errorf("address %q: %w", address, fs.ErrInvalid)
}

func TestAddressThatATransportRefusesIsInvalid(t *testing.T) {
	n := newNetwork(t, pickyTransport{})
	_, err := p2p.ServeEndpoint(t.Context(), n.config("b"), &n.opts)
	told(t, "serve", err, lahja.Error{Endpoint: "b", Kind: lahja.ErrInvalid})
	told(t, "connect", n.run("a").ConnectToEndpoints(t.Context(), n.config("b")), lahja.Error{Endpoint: "a", Peer: "b", Kind: lahja.ErrInvalid})
}

package p2p_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// TestHandlerThatFailsCostsThatEventAlone has a handler end in every way there is.
func TestHandlerThatFailsCostsThatEventAlone(t *testing.T) {
	wrong := errors.New("wrong")
	each(t, func(t *testing.T, n *network) {
		reports := make(chan lahja.HandlerError, 10)
		n.opts.OnHandlerError = func(e lahja.HandlerError) {
			reports <- e
			if errors.Is(e.Err, wrong) && e.ID.Sequence > 10 {
				runtime.Goexit() // What is told may do so too.
			}
		}
		server, client := n.serve("server"), n.run("client")
		var got []int
		all := make(chan struct{})
		_, err := lahja.Subscribe(server, func(_ context.Context, e lahja.Event[Tick]) error {
			got = append(got, e.Data.N)
			switch e.Data.N {
			case 1, 12:
				return wrong
			case 2:
				panic("it panics")
			case 3:
				runtime.Goexit()
			case many - 1:
				close(all)
			}
			return nil
		}, lahja.SubscribeConfig{Borrow: true, QueueBytes: 16 << 10})
		check(t, err)
		n.connect(client, "server")
		for i := range many {
			check(t, lahja.Broadcast(limited(t), client, Tick{N: i}))
		}
		<-all
		if len(got) != many || !slices.IsSorted(got) {
			t.Errorf("got %d events, want all %d in order", len(got), many)
		}
		for i, want := range []string{"wrong", "panic: it panics", lahja.ErrHandlerExited.Error(), "wrong"} {
			r := <-reports
			if sequence := []uint64{2, 3, 4, 13}[i]; r.Origin != "client" || r.ID.Sequence != sequence || !strings.HasPrefix(r.Err.Error(), want) {
				t.Errorf("report %d: got %v with id %v; want %q with sequence %d", i, r, r.ID, want, sequence)
			}
		}
	})
}

// Fragile panics where it is decoded and says so.
type Fragile struct{ Name fragileName }

type fragileName string

func (Fragile) EventName() string { return "test/fragile" }

func (f fragileName) MarshalText() ([]byte, error) { return []byte(f), nil }

func (f *fragileName) UnmarshalText(b []byte) error {
	if *f = fragileName(b); string(b) == "panic" {
		panic(string(b))
	}
	if string(b) == "error" {
		return errors.New(string(b))
	}
	return nil
}

func TestBorrowedEventThatDoesNotDecode(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		dropped := make(chan error, 10)
		lost := make(chan error, 10)
		n.opts.Observer = func(o lahja.Observation) {
			switch {
			case o.Endpoint == "server" && o.Kind == lahja.EventDropped:
				dropped <- o.Err
			case o.Endpoint == "server" && o.Kind == lahja.Disconnected && o.Peer == "raw":
				lost <- o.Err
			}
		}
		server, client := n.serve("server"), n.run("client")
		names := make(chan string, 10)
		_, err := lahja.Subscribe(server, func(_ context.Context, e lahja.Event[Fragile]) error {
			names <- string(e.Data.Name)
			return nil
		}, borrows)
		check(t, err)
		n.connect(client, "server")
		for _, name := range []fragileName{"a", "panic", "b", "error", "c"} {
			check(t, lahja.Broadcast(limited(t), client, Fragile{Name: name}))
		}
		for _, want := range []string{"a", "b", "c"} {
			if got := <-names; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		for range 2 {
			is(t, <-dropped, lahja.ErrMalformed)
		}
		r := n.join("server", "raw", nil)
		check(t, lahja.WaitUntilConnectedTo(limited(t), server, "raw"))
		_, _ = r.conn.Write(wire.AppendEvent(nil, wire.EventMsg{Type: nameOf[Fragile](t), Sequence: 1, Payload: []byte{0xff}}, -1))
		r.ended()
		is(t, <-lost, lahja.ErrMalformed)
	})
}

// TestHandlerThatPanicsAtTheLastEventHoldsNobodyUp has nothing come behind a panic.
func TestHandlerThatPanicsAtTheLastEventHoldsNobodyUp(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		reports := make(chan lahja.HandlerError, 1)
		n.opts.OnHandlerError = func(e lahja.HandlerError) { reports <- e }
		server, client := n.serve("server"), n.run("client")
		got := make(chan int, 1)
		_, err := lahja.Subscribe(server, func(_ context.Context, e lahja.Event[Tick]) error {
			if e.Data.N == 0 {
				panic("it panics")
			}
			got <- e.Data.N
			return nil
		}, borrows)
		check(t, err)
		n.connect(client, "server")
		check(t, lahja.Broadcast(limited(t), client, Tick{}))
		<-reports
		check(t, server.Sync(limited(t), "server"))
		check(t, lahja.Broadcast(limited(t), server, Tick{N: 1}))
		if n := <-got; n != 1 {
			t.Errorf("got tick %d, want 1", n)
		}
		check(t, server.Shutdown(limited(t)))
	})
}

package natsbus_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/natsbus"
)

// gate is a dialler whose connections, while it is closed, write nothing.
type gate struct {
	shut, open chan struct{}
	once       sync.Once
}

func newGate() *gate { return &gate{shut: make(chan struct{}), open: make(chan struct{})} }

// close closes the gate until release, or the end of the test.
func (g *gate) close(t *testing.T) {
	t.Cleanup(g.release)
	close(g.shut)
}

func (g *gate) release() { g.once.Do(func() { close(g.open) }) }

func (g *gate) Dial(network, address string) (net.Conn, error) {
	conn, err := net.Dial(network, address)
	if err != nil {
		return nil, err
	}
	return &gatedConn{Conn: conn, gate: g, closed: make(chan struct{})}, nil
}

type gatedConn struct {
	net.Conn
	gate   *gate
	once   sync.Once
	closed chan struct{}
}

func (c *gatedConn) Write(p []byte) (int, error) {
	select {
	case <-c.gate.shut:
		select {
		case <-c.gate.open:
		case <-c.closed:
		}
	default:
	}
	return c.Conn.Write(p)
}

func (c *gatedConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

func TestShutdownSendsWhatIsQueuedForAPeerThatHasSaidGoodbye(t *testing.T) {
	s := start(t, nil)
	hub := serve(t, "hub", options(s))
	ticks := stream[Tick](t, hub)
	slow, o := newGate(), options(s)
	o.NATS = []nats.Option{nats.SetCustomDialer(slow)}
	client := run(t, "client", o, "hub")
	const n = 5000
	slow.close(t)
	for i := range n {
		check(t, lahja.Broadcast(limited(t), client, Tick{N: i}))
	}
	left := shutdown(t.Context(), hub)
	check(t, lahja.WaitUntilDisconnectedFrom(limited(t), client, "hub")) // It has heard the goodbye, and has nobody to send to.
	ended := shutdown(t.Context(), client)
	for !errors.Is(client.Sync(limited(t), "hub"), lahja.ErrLifecycle) {
		runtime.Gosched() // Until the shutdown has begun.
	}
	slow.release()
	check(t, <-ended)
	check(t, <-left)
	if got := drain(ticks); len(got) != n {
		t.Errorf("%d events arrived, want %d", len(got), n)
	}
}

// shutdown is the result of a shutdown that runs beside the test.
func shutdown(ctx context.Context, ep *natsbus.Endpoint) <-chan error {
	ended := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		ended <- ep.Shutdown(ctx)
	}()
	return ended
}

func TestShutdownWithoutAServerDoesNotWaitForNothing(t *testing.T) {
	s := start(t, nil)
	client := run(t, "client", options(s))
	s.Stop()
	check(t, client.Shutdown(limited(t)))
}

func TestShutdownOfAnEndpointThatNeverRan(t *testing.T) {
	ep, err := natsbus.New("client", nil)
	check(t, err)
	check(t, ep.Shutdown(limited(t)))
}

func TestAServerThatTakesNothingHoldsUpNeitherBroadcastsNorClose(t *testing.T) {
	s := start(t, nil)
	hub := serve(t, "hub", options(s))
	stream[Blob](t, hub)
	slow, o := newGate(), options(s)
	o.QueueBytes, o.CompressAbove = 64<<10, -1
	o.NATS = []nats.Option{nats.SetCustomDialer(slow)}
	client := run(t, "client", o, "hub")
	slow.close(t)
	blob := Blob{Data: make([]byte, 40<<10)}
	full := false
	for range 20 {
		err := lahja.Broadcast(limited(t), client, blob, lahja.BroadcastConfig{NoWait: true})
		if full = errors.Is(err, lahja.ErrQueueFull); full {
			break
		}
		check(t, err)
	}
	if !full {
		t.Error("20 events of 40 KiB were queued within 64 KiB while the server took nothing")
	}
	check(t, client.Close())
}

func TestCloseSendsWhatWasBroadcast(t *testing.T) {
	s := start(t, nil)
	client := run(t, "client", options(s))
	for range 5 {
		hub := serve(t, "hub", options(s))
		ticks := stream[Tick](t, client)
		check(t, client.ConnectToEndpoints(limited(t), lahja.ConnectionConfig{Name: "hub"}))
		check(t, lahja.WaitUntilEndpointSubscribedTo[Tick](limited(t), hub, "client"))
		const n = 5000
		for i := range n {
			check(t, lahja.Broadcast(limited(t), hub, Tick{N: i}))
		}
		check(t, hub.Close())
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), client, "hub"))
		if got := drain(ticks); len(got) != n {
			t.Fatalf("%d events arrived, want %d", len(got), n)
		}
	}
}

// A server that takes nothing costs a close its linger, and no linger discards at once.
func TestCloseWaitsForAServerNoLongerThanItsLinger(t *testing.T) {
	for linger, least := range map[time.Duration]time.Duration{300 * time.Millisecond: 300 * time.Millisecond, -1: 0} {
		s := start(t, nil)
		hub := serve(t, "hub", options(s))
		stream[Blob](t, hub)
		slow, o := newGate(), options(s)
		o.Linger = linger
		o.NATS = []nats.Option{nats.SetCustomDialer(slow)}
		client := run(t, "client", o, "hub")
		slow.close(t)
		check(t, lahja.Broadcast(limited(t), client, Blob{Data: make([]byte, 100<<10)}))
		started := time.Now()
		check(t, client.Close())
		if took := time.Since(started); took < least || took > patience {
			t.Errorf("linger %v: it took %v", linger, took)
		}
	}
}

func TestCloseTellsOfEventsThatNoServerTook(t *testing.T) {
	s := start(t, nil)
	hub := serve(t, "hub", options(s))
	stream[Blob](t, hub)
	var dropped atomic.Int64
	lost := &firstWarning{Handler: slog.DiscardHandler, seen: make(chan struct{})}
	o := options(s)
	o.CompressAbove, o.Logger = -1, slog.New(lost)
	o.Observer = func(seen lahja.Observation) {
		if seen.Kind == lahja.EventDropped && seen.Event == "" {
			dropped.Add(int64(seen.Size))
		}
	}
	client := run(t, "client", o, "hub")
	s.Stop()
	<-lost.seen
	const size = 100 << 10
	for range 3 {
		check(t, lahja.Broadcast(limited(t), client, Blob{Data: make([]byte, size)}))
	}
	if got := client.Inspect().Totals.UnsentBytes; got != 0 {
		t.Errorf("%d bytes are counted as unsent while they wait", got)
	}
	check(t, client.Close())
	if got := dropped.Load(); got < 3*size {
		t.Errorf("%d bytes were told to be dropped, want at least %d", got, 3*size)
	}
	if got := client.Inspect().Totals.UnsentBytes; got != uint64(dropped.Load()) {
		t.Errorf("%d bytes are counted as unsent, want the %d that were told", got, dropped.Load())
	}
}

func TestEveryShutdownComesToTheSame(t *testing.T) {
	s := start(t, nil)
	client := run(t, "client", options(s))
	stop, started := make(chan struct{}), make(chan struct{})
	_, err := lahja.Subscribe(client, func(context.Context, lahja.Event[Tick]) error {
		close(started)
		<-stop
		return nil
	})
	check(t, err)
	check(t, lahja.Broadcast(limited(t), client, Tick{}))
	<-started
	over, cancel := context.WithCancel(t.Context())
	cancel()
	first := make(chan error, 1)
	go func() { first <- client.Shutdown(over) }() // It cuts the handler off.
	for !errors.Is(client.Sync(limited(t), "client"), lahja.ErrLifecycle) {
		runtime.Gosched()
	}
	close(stop)
	one, two := <-first, client.Shutdown(limited(t))
	if one == nil || !errors.Is(two, context.Canceled) {
		t.Errorf("got %v and then %v, want that handlers were cut off, twice", one, two)
	}
}

// What a handler calls cannot wait for that handler, whatever its context is.
func TestShutdownInAHandlerDoesNotWaitForIt(t *testing.T) {
	for _, other := range []bool{false, true} {
		s := start(t, nil)
		ep := serve(t, "hub", options(s))
		started, begun, inner := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		_, err := lahja.Subscribe(ep, func(context.Context, lahja.Event[Tick]) error {
			close(started)
			if other {
				<-begun
			}
			inner <- ep.Shutdown(context.Background())
			return nil
		})
		check(t, err)
		check(t, lahja.Broadcast(limited(t), ep, Tick{}))
		<-started
		if other {
			time.AfterFunc(50*time.Millisecond, func() { close(begun) })
			check(t, ep.Shutdown(limited(t)))
		}
		select {
		case err := <-inner:
			check(t, err)
		case <-time.After(patience):
			t.Fatal("it waits for its own handler")
		}
	}
}

// A handler that does not end holds neither a shutdown nor one behind a close up for
// longer than their contexts last.
func TestShutdownLeavesAHandlerThatDoesNotEnd(t *testing.T) {
	for name, closes := range map[string]bool{"alone": false, "behind a close": true} {
		t.Run(name, func(t *testing.T) {
			s := start(t, nil)
			ep := serve(t, "hub", options(s))
			started, stop := make(chan struct{}), make(chan struct{})
			_, err := lahja.Subscribe(ep, func(ctx context.Context, _ lahja.Event[Tick]) error {
				close(started)
				<-stop
				return nil
			})
			check(t, err)
			defer close(stop)
			check(t, lahja.Broadcast(limited(t), ep, Tick{}))
			<-started
			if closes {
				go ep.Close()
				for ep.Sync(limited(t), "hub") == nil {
					runtime.Gosched()
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			err = ep.Shutdown(ctx)
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "handlers were cut off") || strings.Contains(err.Error(), "0 bytes") {
				t.Errorf("got %v, want that handlers were cut off, and no more", err)
			}
		})
	}
}

package natsbus_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja"
)

func TestPeersKnowEachOtherAgainAfterTheServerRestarted(t *testing.T) {
	s := start(t, nil)
	hub := serve(t, "hub", options(s))
	_, err := lahja.Subscribe(hub, func(ctx context.Context, e lahja.Event[Ping]) error {
		return e.Respond(ctx, Pong{N: e.Data.N + 1})
	})
	check(t, err)
	client := run(t, "client", options(s), "hub")
	s.Stop()
	ticks := stream[Tick](t, client) // subscribed while there is no server
	check(t, s.Restart())
	eventuallySync(t, client, "hub")
	check(t, lahja.WaitUntilEndpointSubscribedTo[Tick](limited(t), hub, "client"))
	check(t, lahja.Broadcast(limited(t), hub, Tick{N: 1}))
	if _, err := ticks.Next(limited(t)); err != nil {
		t.Error(err)
	}
	if e, err := lahja.Request(limited(t), client, Ping{N: 1}); err != nil || e.Data.N != 2 {
		t.Errorf("got %v, %v; want 2", e, err)
	}
}

func TestEveryEventArrivesOrIsReportedLostWhenTheServerRestarts(t *testing.T) {
	s := start(t, nil)
	var lost gaps
	o := options(s)
	o.OnGap = lost.note
	hub := serve(t, "hub", o)
	ticks := stream[Tick](t, hub)
	client := run(t, "client", options(s), "hub")
	const n = 3000
	for i := range n {
		if i == n/3 {
			s.Stop()
		}
		if i == 2*n/3 {
			check(t, s.Restart())
		}
		check(t, lahja.Broadcast(limited(t), client, Tick{N: i}))
	}
	eventuallySync(t, client, "hub")
	expectSum(t, drain(ticks), lost.of(nameOf[Tick](t)), n)
}

// expectSum expects that what did not arrive was reported, to the last event.
func expectSum(t *testing.T, got []Tick, lost, n int) {
	t.Helper()
	for i := 1; i < len(got); i++ {
		if got[i].N <= got[i-1].N {
			t.Fatalf("event %d came after event %d, want them in order", got[i].N, got[i-1].N)
		}
	}
	if len(got)+lost != n {
		t.Errorf("%d events arrived and %d were reported lost, want %d together", len(got), lost, n)
	}
}

// firstWarning is a log that closes a channel at the first warning.
type firstWarning struct {
	slog.Handler
	once sync.Once
	seen chan struct{}
}

func (h *firstWarning) Enabled(context.Context, slog.Level) bool { return true }

func (h *firstWarning) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		h.once.Do(func() { close(h.seen) })
	}
	return nil
}

func TestReceiverThatCannotKeepUpReportsTheGap(t *testing.T) {
	s := start(t, nil)
	overrun := &firstWarning{Handler: slog.DiscardHandler, seen: make(chan struct{})}
	ctx := limited(t)
	var lost gaps
	var observed gaps
	o := options(s)
	o.Logger, o.Pending, o.OnGap = slog.New(overrun), 100, lost.note
	o.Observer = func(seen lahja.Observation) {
		if gap, ok := seen.Err.(*lahja.Gap); ok {
			observed.note(*gap)
		}
		if seen.Kind == lahja.EventReceived { // its reader stands still until something is lost
			select {
			case <-overrun.seen:
			case <-ctx.Done():
			}
		}
	}
	hub := serve(t, "hub", o)
	ticks := stream[Tick](t, hub)
	client := run(t, "client", options(s), "hub")
	const n = 1000
	for i := range n {
		check(t, lahja.Broadcast(ctx, client, Tick{N: i}))
	}
	eventuallySync(t, client, "hub")
	event := nameOf[Tick](t)
	expectSum(t, drain(ticks), lost.of(event), n)
	if lost.of(event) == 0 || observed.of(event) != lost.of(event) {
		t.Errorf("reported %d lost and observed %d, want the same and some", lost.of(event), observed.of(event))
	}
	if stats := hub.Stats(); stats.Gaps == 0 || int(stats.Lost) < lost.of(event) {
		t.Errorf("counted %+v, want at least %d lost", stats, lost.of(event))
	}
}

func TestPeerWhoseConnectionEndsIsMissedAndFoundAgain(t *testing.T) {
	s := start(t, nil)
	o := options(s)
	o.Heartbeat, o.Liveness = 50*time.Millisecond, time.Minute
	hub := serve(t, "hub", o)
	link := &cord{}
	far := *o
	far.NATS = []nats.Option{nats.SetCustomDialer(link)}
	client := run(t, "client", &far)
	stream[Tick](t, client)
	check(t, client.ConnectToEndpoints(limited(t), lahja.ConnectionConfig{Name: "hub"}))

	link.set(true)
	check(t, lahja.WaitUntilDisconnectedFrom(limited(t), hub, "client"))
	link.set(false)
	check(t, lahja.WaitUntilConnectedTo(limited(t), hub, "client"))
	eventuallySync(t, hub, "client")
	eventuallySync(t, client, "hub")
	check(t, lahja.Broadcast(limited(t), hub, Tick{N: 1}))
}

func TestSilentPeerIsNoticedWithinTheBound(t *testing.T) {
	s := start(t, nil)
	o := options(s)
	o.Heartbeat, o.Liveness = 50*time.Millisecond, 300*time.Millisecond
	hub := serve(t, "hub", o)
	stuck := make(chan struct{})
	var once sync.Once
	defer once.Do(func() { close(stuck) })
	silent := *o
	silent.Observer = func(seen lahja.Observation) {
		if seen.Kind == lahja.EventReceived {
			<-stuck // its reader, which is also what says that it lives
		}
	}
	client := run(t, "client", &silent)
	stream[Tick](t, client)
	check(t, client.ConnectToEndpoints(limited(t), lahja.ConnectionConfig{Name: "hub"}))
	check(t, lahja.Broadcast(limited(t), hub, Tick{}))
	check(t, lahja.WaitUntilDisconnectedFrom(limited(t), hub, "client"))
	once.Do(func() { close(stuck) })
	check(t, lahja.WaitUntilConnectedTo(limited(t), hub, "client"))
}

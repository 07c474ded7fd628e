package core_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

// bus is the least EndpointAPI that can be made of a Core: an endpoint whose
// one peer is made up by the test.
type bus struct {
	*core.Core
	sent   chan *core.Outgoing
	taking *lahja.Stream[Tick] // for tests of the observer
}

func newBus(t *testing.T) (*bus, *atomic.Int64) {
	b := &bus{sent: make(chan *core.Outgoing, 1)}
	var changes atomic.Int64
	made, err := core.New(core.Config{Name: "self", Endpoint: b, OwnChanged: func() { changes.Add(1) }})
	check(t, err)
	b.Core = made
	check(t, b.Start())
	t.Cleanup(func() { b.Close() })
	return b, &changes
}

func (b *bus) ConnectToEndpoints(context.Context, ...lahja.ConnectionConfig) error { return nil }

func (b *bus) Sync(ctx context.Context, _ string) error { return b.Core.Sync(ctx) }

func (b *bus) Close() error {
	b.Core.Close()
	b.WaitHandlers()
	return nil
}

func (b *bus) Broadcast(ctx context.Context, payload any, config lahja.BroadcastConfig) error {
	out, err := b.Prepare(ctx, payload, config)
	if err == nil {
		err = b.send(ctx, out)
	}
	if err != nil {
		return b.SendFailed(out, "broadcast", payload, err)
	}
	return nil
}

func (b *bus) Request(ctx context.Context, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error) {
	out, err := b.PrepareRequest(ctx, payload, want, config)
	if err == nil {
		err = b.send(ctx, out)
	}
	if err != nil {
		return nil, b.SendFailed(out, "request", payload, err)
	}
	return out.Awaited(), nil
}

func (b *bus) send(ctx context.Context, out *core.Outgoing) error {
	if out.Local {
		if err := out.DeliverLocal(ctx, false); err != nil {
			return err
		}
	}
	if len(out.Remotes) > 0 {
		b.sent <- out
	}
	return nil
}

func pingSet(t *testing.T) map[string]lahja.Interest {
	ping, err := lahja.TypeOf[Ping]()
	check(t, err)
	return map[string]lahja.Interest{ping.Name: {Shape: ping.Shape, Everyone: true}}
}

func TestCoreServesAnotherImplementation(t *testing.T) {
	b, changes := newBus(t)
	peer := b.AddPeer(core.RemoteConfig{Name: "peer", Instance: 7, Subscriptions: pingSet(t)})
	answered := make(chan lahja.Event[Pong], 1)
	go func() {
		e, err := lahja.Request(limited(t), b, Ping{N: 1})
		if err != nil {
			t.Error(err)
		}
		answered <- e
	}()
	out := <-b.sent
	if len(out.Remotes) != 1 || out.Remotes[0] != peer || out.Local || out.ID.Instance != b.Instance() {
		t.Errorf("sent %+v, want it for the peer alone", out)
	}
	pong, err := b.Prepare(t.Context(), Pong{N: 4}, lahja.BroadcastConfig{AllowNoSubscribers: true})
	check(t, err)
	payload, err := pong.Encode()
	check(t, err)
	check(t, b.Deliver(core.Incoming{Type: "test/pong", Origin: "peer", ID: lahja.EventID{Instance: 7, Sequence: 1}, Answers: out.ID, Payload: payload}))
	if e := <-answered; e.Data.N != 4 || e.Origin() != "peer" {
		t.Errorf("got %v, want 4 from peer", e)
	}

	before := changes.Load()
	s := stream[Tick](t, b)
	s.Close()
	if got := changes.Load() - before; got != 2 {
		t.Errorf("told of %d changes, want 2", got)
	}
}

func TestCoreFailsRequestsWhosePeerIsRemoved(t *testing.T) {
	b, _ := newBus(t)
	peer := b.AddPeer(core.RemoteConfig{Name: "peer", Instance: 7, Subscriptions: pingSet(t)})
	failed := make(chan error, 1)
	go func() {
		_, err := lahja.Request(limited(t), b, Ping{})
		failed <- err
	}()
	<-b.sent
	peer.Remove(nil)
	peer.Remove(nil)
	is(t, <-failed, lahja.ErrRemoteDisconnected)
	is(t, lahja.Broadcast(t.Context(), b, Ping{}), lahja.ErrNoSubscribers)
}

func TestSnapshotsAreNotChangedByWhatComesLater(t *testing.T) {
	b, _ := newBus(t)
	peer := b.AddPeer(core.RemoteConfig{Name: "peer", Instance: 7, Subscriptions: pingSet(t)})
	before := b.Peers()
	peer.SetSubscriptions(map[string]lahja.Interest{})
	peer.SetKnows(3)
	stream[Tick](t, b)
	after := b.Peers()
	if len(before.Peers[1].Subscriptions) != 1 || before.Peers[1].Knows != 0 || len(before.Peers[0].Subscriptions) != 0 {
		t.Errorf("the old snapshot is now %+v", before)
	}
	if len(after.Peers[1].Subscriptions) != 0 || after.Peers[1].Knows != 3 || len(after.Peers[0].Subscriptions) != 1 {
		t.Errorf("the new snapshot is %+v", after)
	}
}

// Two Ends follow each other closely when a handler has closed its own endpoint and returns: its
// End goes on in the background, and that of a Close that waited for it must not return earlier.
// TestWhatIsKnownAlreadyIsNoChange pins that a wait for a change does not end without one.
func TestWhatIsKnownAlreadyIsNoChange(t *testing.T) {
	b, _ := newBus(t)
	peer := b.AddPeer(core.RemoteConfig{Name: "peer", Instance: 1, Subscriptions: pingSet(t), Knows: 2})
	before := b.Peers().Version
	peer.SetKnows(2)
	peer.SetKnows(1)
	if got := b.Peers().Version; got != before {
		t.Errorf("the version went from %d to %d, and nothing has changed", before, got)
	}
	peer.SetKnows(3)
	if got := b.Peers().Version; got != before+1 {
		t.Errorf("the version went from %d to %d, want one change", before, got)
	}
}

func TestEndReturnsWhenTheEndpointHasEnded(t *testing.T) {
	for range 2000 {
		b, _ := newBus(t)
		proceed := make(chan struct{})
		_, err := lahja.Subscribe(b, func(context.Context, lahja.Event[Tick]) error {
			b.Core.Close()
			b.End(nil)
			<-proceed
			return nil
		})
		check(t, err)
		check(t, lahja.Broadcast(t.Context(), b, Tick{}))
		<-b.Core.Done()
		close(proceed)
		check(t, b.Close())
		b.End(nil)
		select {
		case <-b.Ended():
		default:
			t.Fatal("End has returned, and the endpoint has not ended")
		}
	}
}

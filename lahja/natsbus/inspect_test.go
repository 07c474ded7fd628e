package natsbus_test

import (
	"errors"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/inspect"
)

func TestInspectionCountsTrafficThroughTheServer(t *testing.T) {
	s := start(t, nil)
	hub := serve(t, "hub", options(s))
	client := run(t, "client", options(s))
	ticks := stream[Tick](t, client)
	check(t, client.ConnectToEndpoints(limited(t), lahja.ConnectionConfig{Name: "hub"}))
	check(t, lahja.WaitUntilEndpointSubscribedTo[Tick](limited(t), hub, "client"))
	for i := range 3 {
		check(t, lahja.Broadcast(limited(t), hub, Tick{N: i}))
	}
	check(t, hub.Sync(limited(t), "client"))
	if _, err := ticks.Next(limited(t)); err != nil {
		t.Fatal(err)
	}

	sender, ok := inspect.Endpoint(hub)
	receiver, _ := inspect.Endpoint(client)
	if !ok || sender.Address != s.URL() || len(sender.Peers) != 1 || len(receiver.Peers) != 1 {
		t.Fatalf("got %+v and %+v, want a peer each at %s", sender, receiver, s.URL())
	}
	there, back := sender.Peers[0], receiver.Peers[0]
	if there.Sent.Events != 3 || there.Sent != sender.Totals.Sent || there.Dialled || there.Queue.Limit == 0 {
		t.Errorf("the sender's peer: got %+v, want 3 events sent", there)
	}
	if back.Received.Events != 3 || back.Received != receiver.Totals.Received || !back.Dialled {
		t.Errorf("the receiver's peer: got %+v, want 3 events received", back)
	}
	if got := receiver.Subscriptions; len(got) != 1 || got[0].Queued != 2 || got[0].Taken != 1 {
		t.Errorf("the receiver's subscriptions: got %+v, want 2 events that wait", got)
	}
	check(t, client.Close())
	check(t, lahja.WaitUntilDisconnectedFrom(limited(t), hub, "client"))
	if got := hub.Inspect(); got.Totals.Sent.Events != 3 || len(got.Peers) != 0 {
		t.Errorf("got %+v, want what was sent to a peer that has gone", got)
	}
}

// Delayed is encoded behind what is to happen between the choice of its receivers and that
// it is queued for them.
type Delayed struct{ before func() }

func (d Delayed) MarshalBinary() ([]byte, error) { d.before(); return nil, nil }
func (d *Delayed) UnmarshalBinary([]byte) error  { return nil }

func TestEventForAMemberThatHasGoneIsCountedAndObserved(t *testing.T) {
	s := start(t, nil)
	dropped := make(chan lahja.Observation, 10)
	o := options(s)
	o.Observer = func(o lahja.Observation) {
		if o.Kind == lahja.EventDropped {
			dropped <- o
		}
	}
	hub, client := serve(t, "hub", o), run(t, "client", options(s))
	_, err := lahja.NewStream[Delayed](client, lahja.SubscribeConfig{Group: "g"})
	check(t, err)
	check(t, client.ConnectToEndpoints(limited(t), lahja.ConnectionConfig{Name: "hub"}))
	err = lahja.Broadcast(limited(t), hub, Delayed{func() {
		check(t, client.Close())
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), hub, "client"))
	}})
	if !errors.Is(err, lahja.ErrRemoteDisconnected) {
		t.Errorf("got %v, want %v", err, lahja.ErrRemoteDisconnected)
	}
	if got := hub.Inspect().Totals.DroppedForPeers; got != 1 || len(dropped) != 1 {
		t.Fatalf("%d are counted and %d observed, want the one", got, len(dropped))
	}
	if got := <-dropped; got.Peer != "client" || got.Event != nameOf[Delayed](t) || got.ID.IsZero() || !got.Outgoing {
		t.Errorf("observed %+v, want the event for the client", got)
	}
}

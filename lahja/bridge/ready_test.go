package bridge_test

import (
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
)

// Whoever connects from the server is connected once the endpoint on the socket lists it: what that
// broadcasts then arrives.
func TestConnectFromTheServerWaitsUntilTheSocketListsIt(t *testing.T) {
	j := bus(t)
	connected, said := make(chan struct{}), make(chan struct{})
	j.listenRaw("slow", func(r *raw) {
		r.becomeReady("slow", func(knows []byte) {
			r.send(knows)
			select {
			case <-connected:
			case <-time.After(200 * time.Millisecond): // It would have been connected.
			}
			close(said)
			r.send(wire.ReadyMsg{}.Append(nil))
		})
	})
	j.exported("slow")
	j.onServer("remote", j.remote(), "slow")
	close(connected)
	select {
	case <-said:
	default:
		t.Error("it is connected before the endpoint on the socket has said that it lists it")
	}
}

// becomeReady does the part of an endpoint that was dialled, until the other side leaves. From knows
// on, which acknowledges the other one's subscriptions, say says it.
func (r *raw) becomeReady(name string, say func(knows []byte)) {
	r.send(append(helloOf(name, runOf(name)).Append(nil), wire.SubscriptionsMsg{Number: 1}.Append(nil)...))
	for kind, body, err := r.in.Next(wire.MaxSubscriptions); err == nil; kind, body, err = r.in.Next(wire.MaxSubscriptions) {
		switch kind {
		case wire.Subscriptions:
			m, err := wire.ParseSubscriptions(body)
			check(r.t, err)
			say(number(wire.SubscriptionsAck, m.Number))
		case wire.Goodbye:
			r.send(goodbye())
			return
		}
	}
}

// An endpoint may broadcast as soon as it lists another one, before it says so.
func TestEventsBeforeTheReadyOfASocketArrive(t *testing.T) {
	j := bus(t)
	event := tick(t, 1, 1)
	j.listenRaw("quick", func(r *raw) {
		r.becomeReady("quick", func(knows []byte) { r.send(append(append(knows, event...), wire.ReadyMsg{}.Append(nil)...)) })
	})
	j.exported("quick")
	remote := j.onServer("remote", j.remote())
	ticks := stream[Tick](t, remote)
	j.connect(remote, "quick")
	if e, err := ticks.Next(limited(t)); err != nil || e.Data.N != 1 {
		t.Errorf("got %v, %v; want the event", e, err)
	}
}

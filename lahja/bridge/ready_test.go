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
		r.send(append(helloOf("slow", 5).Append(nil), wire.SubscriptionsMsg{Number: 1}.Append(nil)...))
		for kind, body, err := r.in.Next(wire.MaxSubscriptions); err == nil; kind, body, err = r.in.Next(wire.MaxSubscriptions) {
			if kind == wire.Goodbye {
				r.send(goodbye())
				return
			}
			if kind != wire.Subscriptions {
				continue
			}
			m, err := wire.ParseSubscriptions(body)
			check(t, err)
			r.send(number(wire.SubscriptionsAck, m.Number))
			select {
			case <-connected:
			case <-time.After(200 * time.Millisecond): // It would have been connected.
			}
			close(said)
			r.send(wire.ReadyMsg{}.Append(nil))
		}
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

package bridge_test

import (
	"context"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/bridge"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// TestWhatWasLostIsKnownAfterTheBridge has each of two sockets send what the server does not take, which
// is lost on the way. When the bridges have been away, the other socket learns of exactly that; an
// endpoint on the server does, too.
func TestWhatWasLostIsKnownAfterTheBridge(t *testing.T) {
	nats, err := natstest.Start(&server.Options{MaxPayload: 64 << 10})
	check(t, err)
	t.Cleanup(nats.Close)
	east := beside(t, nats, bridge.Hooks{}, func(*bridge.Options) {})
	west := beside(t, nats, bridge.Hooks{}, func(*bridge.Options) {})
	found := map[string]chan lahja.Gap{}
	watched := func(name string) lahja.Observer {
		gaps := make(chan lahja.Gap, 10)
		found[name] = gaps
		return func(o lahja.Observation) {
			if gap, ok := o.Err.(*lahja.Gap); ok && gap.Earlier {
				gaps <- *gap
			}
		}
	}
	onSocket := func(name string, o *p2p.Options) *p2p.Options {
		o.Observer = watched(name)
		return o
	}
	there := west.remote()
	there.Observer = watched("reports")
	reports := west.serveServer("reports", there)
	stock := west.serveSocket("stock", onSocket("stock", quiet()))
	west.exported("stock")
	orders := east.onSocket("orders", onSocket("orders", quiet()), "stock", "reports")
	for _, ep := range []lahja.EndpointAPI{stock, reports, orders} {
		_, err := lahja.Subscribe(ep, func(context.Context, lahja.Event[Blob]) error { return nil })
		check(t, err)
	}
	subscribed[Blob](t, orders, "stock")
	subscribed[Blob](t, orders, "reports")
	subscribed[Blob](t, stock, "orders")
	send := func(from lahja.EndpointAPI, to string, events, size int) {
		t.Helper()
		for i := range events {
			check(t, lahja.Broadcast(limited(t), from, Blob{N: i, Bytes: incompressible(size)}, lahja.BroadcastConfig{FilterEndpoints: []string{to}}))
		}
		check(t, from.(*p2p.Endpoint).Sync(limited(t), to))
	}
	const small, tooLarge = 10, 100 << 10
	send(orders, "stock", 5, small)
	send(orders, "stock", 3, tooLarge)
	send(orders, "reports", 4, tooLarge)
	send(orders, "reports", 5, small)
	send(stock, "orders", 2, tooLarge)
	check(t, east.bridge.Close())
	for _, peer := range []string{"stock", "reports"} {
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), orders, peer))
	}
	east.start(bridge.Hooks{}, func(*bridge.Options) {})
	east.connect(orders, "stock", "reports")
	for name, want := range map[string]lahja.Gap{
		"stock":   {Peer: "orders", Lost: 3, Earlier: true},
		"reports": {Peer: "orders", Lost: 4, Earlier: true},
		"orders":  {Peer: "stock", Lost: 2, Earlier: true},
	} {
		select {
		case got := <-found[name]:
			if got != want {
				t.Errorf("%s learned of %+v, want %+v", name, got, want)
			}
		case <-limited(t).Done():
			t.Errorf("%s has learned of no lost event, want %+v", name, want)
		}
	}
	if got, want := reports.Stats(), (natsbus.Stats{Earlier: 4}); got.Earlier != want.Earlier || got.Lost != 0 {
		t.Errorf("reports counts %+v, want %+v", got, want)
	}
}

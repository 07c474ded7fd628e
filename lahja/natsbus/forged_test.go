package natsbus_test

import (
	"context"
	"encoding/binary"
	"strconv"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/inspect"
	"github.com/lahja/go-lahja/lahja/natsbus"
)

func TestAnswerOfOneWhoWasNotAskedIsDropped(t *testing.T) {
	s := start(t, nil)
	hub := serve(t, "hub", options(s))
	trusted, mallory := run(t, "trusted", options(s), "hub"), run(t, "mallory", options(s), "hub")
	pings := stream[Ping](t, trusted)
	pongs := stream[Pong](t, hub)
	check(t, lahja.WaitUntilSubscriptionsKnown(limited(t), trusted))
	check(t, lahja.WaitUntilSubscriptionsKnown(limited(t), hub))
	want, err := lahja.TypeOf[Pong]()
	check(t, err)
	answers, err := hub.Request(limited(t), Ping{}, want, lahja.BroadcastConfig{FilterEndpoints: []string{"trusted"}})
	check(t, err)
	defer answers.Close()
	ping, err := pings.Next(limited(t))
	check(t, err)
	check(t, lahja.Broadcast(limited(t), mallory, Pong{N: 66}, lahja.BroadcastConfig{FilterEndpoints: []string{"hub"}, FilterEventID: ping.ID()}))
	check(t, mallory.Sync(limited(t), "hub"))
	check(t, ping.Respond(limited(t), Pong{N: 1}))
	if r, err := answers.Next(limited(t)); err != nil || r.Origin != "trusted" {
		t.Errorf("got %v, %v; want trusted's answer", r, err)
	}
	if e, err := pongs.Next(limited(t)); err != nil || e.Origin() != "trusted" {
		t.Errorf("a stream got %v, %v; want trusted's answer alone", e, err)
	}
	if i, _ := inspect.Endpoint(hub); i.Totals.Forged != 1 {
		t.Errorf("%d are counted as forged, want 1", i.Totals.Forged)
	}
}

// An endpoint of the bus says "synced" for one that is busy.
func TestOnlyThePeerThatWasAskedEndsASync(t *testing.T) {
	s := start(t, nil)
	hub := serve(t, "hub", options(s))
	busy, witness := run(t, "busy", options(s), "hub"), run(t, "witness", options(s), "hub")
	goOn := make(chan struct{})
	entered := make(chan struct{})
	_, err := lahja.Subscribe(busy, func(context.Context, lahja.Event[Tick]) error {
		close(entered)
		<-goOn
		return nil
	})
	check(t, err)
	check(t, lahja.WaitUntilSubscriptionsKnown(limited(t), busy))
	check(t, lahja.Broadcast(limited(t), hub, Tick{}))
	<-entered
	conn, err := nats.Connect(options(s).URL)
	check(t, err)
	defer conn.Close()
	spied := make(chan *nats.Msg, 1000)
	_, err = conn.ChanSubscribe(natsbus.DefaultBus+".i.>", spied)
	check(t, err)
	check(t, conn.Flush())
	synced := make(chan error, 1)
	go func() { synced <- hub.Sync(limited(t), "busy") }()
	const sync, pong = 8, 14
	for m := range spied {
		if m.Data[3] != sync {
			continue
		}
		// What the hub asked, as an answer from another instance.
		forged := append([]byte(nil), m.Data...)
		forged[3] = pong
		binary.BigEndian.PutUint64(forged[4:], 4711)
		hubs := strconv.FormatUint(binary.BigEndian.Uint64(m.Data[4:]), 16)
		check(t, conn.Publish(natsbus.DefaultBus+".i."+hubs, forged))
		check(t, conn.Flush())
		break
	}
	check(t, witness.Sync(limited(t), "hub")) // which has seen the forgery by then
	select {
	case err := <-synced:
		t.Fatalf("the sync ended (%v) while the peer was busy", err)
	default:
	}
	close(goOn)
	check(t, <-synced)
}

package p2p_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/inspect"
	"github.com/lahja/go-lahja/lahja/transport/unix"
)

// inspected is what ep tells, which must survive JSON.
func inspected(t *testing.T, ep lahja.EndpointAPI) inspect.Inspection {
	t.Helper()
	i, ok := inspect.Endpoint(ep)
	if !ok {
		t.Fatalf("%T does not tell what goes on in it", ep)
	}
	data, err := json.Marshal(i)
	check(t, err)
	var again inspect.Inspection
	check(t, json.Unmarshal(data, &again))
	return again
}

func TestInspectionBeforeAndAfterTraffic(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		n.opts.CompressAbove = -1
		server, client := n.serve("server"), n.run("client")
		before := inspected(t, server)
		if before.Name != "server" || before.Since.IsZero() || before.Address == "" || len(before.Peers)+len(before.Subscriptions) != 0 || before.Totals != (inspect.Totals{}) {
			t.Errorf("before: got %+v", before)
		}
		n.connect(client, "server")
		ticks := stream[Tick](t, client)
		answer(t, server)
		check(t, lahja.WaitUntilEndpointSubscribedTo[Ping](limited(t), client, "server"))
		check(t, lahja.WaitUntilEndpointSubscribedTo[Tick](limited(t), server, "client"))
		for i := range 3 {
			check(t, lahja.Broadcast(limited(t), server, Tick{N: i}))
		}
		_, err := lahja.Request(limited(t), client, Ping{N: 1})
		check(t, err)
		check(t, server.Sync(limited(t), "client"))
		next(t, ticks)

		atServer, atClient := inspected(t, server), inspected(t, client)
		if got := atServer.Totals; got.Broadcast != 4 || got.Sent.Events != 4 || got.Received.Events != 1 || got.Taken != 1 || got.Local != 0 {
			t.Errorf("the server's totals: got %+v, want 3 ticks and an answer sent, and one request taken", got)
		}
		if got := atClient.Totals; got.Broadcast != 1 || got.Sent.Events != 1 || got.Received.Events != 4 || got.Taken != 1 {
			t.Errorf("the client's totals: got %+v", got)
		}
		if len(atServer.Peers) != 1 || len(atClient.Peers) != 1 {
			t.Fatalf("peers: got %+v and %+v, want one each", atServer.Peers, atClient.Peers)
		}
		there, back := atServer.Peers[0], atClient.Peers[0]
		if there.Name != "client" || there.Dialled || !back.Dialled || there.Instance != atClient.Instance || back.Instance != atServer.Instance {
			t.Errorf("peers: got %+v and %+v", there, back)
		}
		if there.Sent != atServer.Totals.Sent || there.Received != atServer.Totals.Received || back.Received.Events != 4 || there.Queue.Limit != lahja.DefaultQueueBytes {
			t.Errorf("a peer's traffic: got %+v, want that of the totals", there)
		}
		if len(there.Subscriptions) != 1 || there.Subscriptions[0].Type != "test/tick" || !there.Subscriptions[0].Everyone {
			t.Errorf("a peer's subscriptions: got %+v", there.Subscriptions)
		}
		want := inspect.Subscription{Type: "test/tick", WhenFull: "block", Queued: 2, Limit: lahja.DefaultQueueBytes, Taken: 1}
		if len(atClient.Subscriptions) == 1 {
			want.QueuedBytes = atClient.Subscriptions[0].QueuedBytes
		}
		if len(atClient.Subscriptions) != 1 || atClient.Subscriptions[0] != want || want.QueuedBytes <= 2*core.EventCost {
			t.Errorf("subscriptions: got %+v, want %+v", atClient.Subscriptions, want)
		}
		if windows := there.Windows; len(windows) != 1 || windows[0].Type != "test/tick" || windows[0].UnderWay == 0 || windows[0].Window != lahja.DefaultQueueBytes {
			t.Errorf("windows: got %+v, want ticks under way", windows)
		}
	})
}

// A request is written by who makes it, and waits for no writer.
func TestRequestsThatWereWrittenDoNotCountAsQueued(t *testing.T) {
	n := newNetwork(t, unix.Transport{})
	server, client := n.serve("server"), n.run("client")
	n.connect(client, "server")
	answer(t, server)
	check(t, lahja.WaitUntilEndpointSubscribedTo[Ping](limited(t), client, "server"))
	const all = 100
	for i := range all {
		_, err := lahja.Request(limited(t), client, Ping{N: i})
		check(t, err)
	}
	got := inspected(t, client).Peers[0]
	if got.Sent.Events != all || got.Queue.Events > 1 {
		t.Errorf("got %d sent and %+v, want %d sent and at most the last one as if it were being written", got.Sent.Events, got.Queue, all)
	}
}

func TestTotalsKeepWhatHasGone(t *testing.T) {
	n := memoryNetwork(t)
	server, client := n.serve("server"), n.run("client")
	n.connect(client, "server")
	ticks := stream[Tick](t, client)
	handled, err := lahja.Subscribe(client, func(context.Context, lahja.Event[Tick]) error { return errors.New("on purpose") })
	check(t, err)
	check(t, lahja.WaitUntilEndpointSubscribedTo[Tick](limited(t), server, "client"))
	for i := range 5 {
		check(t, lahja.Broadcast(limited(t), server, Tick{N: i}))
		next(t, ticks)
	}
	check(t, server.Sync(limited(t), "client"))
	ticks.Close()
	handled.Close()
	handled.Close()
	if got := inspected(t, client); got.Totals.Taken != 10 || got.Totals.HandlerErrors != 5 || len(got.Subscriptions) != 0 {
		t.Errorf("got %+v, want 10 events taken by subscriptions that are closed", got)
	}
	sent := inspected(t, server).Totals.Sent
	check(t, client.Close())
	check(t, lahja.WaitUntilDisconnectedFrom(limited(t), server, "client"))
	check(t, server.Close())
	if got := inspected(t, server).Totals; got.Sent != sent || sent.Events != 5 {
		t.Errorf("got %+v, want %+v sent", got, sent)
	}
}

func TestInspectionCountsEveryDrop(t *testing.T) {
	n := memoryNetwork(t)
	n.opts.SlowPeer, n.opts.QueueBytes, n.opts.CompressAbove = lahja.DropOldest, 1<<20, -1
	server := n.serve("server")
	n.join("server", "mute", subscribes("test/blob", 0))
	check(t, lahja.WaitUntilEndpointSubscribedTo[Blob](limited(t), server, "mute"))
	const all = 100
	for range all {
		check(t, lahja.Broadcast(limited(t), server, blob()))
	}
	got := inspected(t, server).Peers[0]
	if got.Dropped == 0 || got.Sent.Events+got.Dropped != all {
		t.Errorf("got %d sent and %d dropped, want %d together", got.Sent.Events, got.Dropped, all)
	}
	if got.Queue.Events == 0 || got.Queue.Bytes == 0 || got.Queue.Bytes > got.Queue.Limit || uint64(got.Queue.Events) > got.Sent.Events {
		t.Errorf("the queue: got %+v", got.Queue)
	}
	small, err := lahja.NewStream[Tick](server, lahja.SubscribeConfig{QueueBytes: 1, WhenFull: lahja.DropNewest})
	check(t, err)
	for range 3 {
		check(t, lahja.Broadcast(limited(t), server, Tick{}))
	}
	if got := inspected(t, server); got.Totals.Dropped != 2 || got.Totals.DroppedForPeers != all-got.Totals.Sent.Events || got.Subscriptions[0].Dropped != 2 {
		t.Errorf("got %+v, want 2 dropped by a subscription", got)
	}
	small.Close()
	if got := inspected(t, server).Totals; got.Dropped != 2 {
		t.Errorf("got %+v, want 2 dropped by a subscription that was closed", got)
	}
}

func TestInspectionCountsWhatNobodyTakes(t *testing.T) {
	n := memoryNetwork(t)
	server := n.serve("server")
	stream[Tick](t, server)
	r := n.join("server", "stranger", nil)
	event := func(of string, shape uint64, payload string) []byte {
		return wire.AppendEvent(nil, wire.EventMsg{Type: of, Shape: shape, Sequence: 1, Payload: []byte(payload)}, -1)
	}
	r.send(event("test/unheard", 0, "\xa0"))
	r.send(event("test/tick", 1, "\xa0"))
	r.send(wire.NumberMsg{Number: 1}.Append(nil, wire.Sync))
	r.expect(wire.SyncAck)
	if got := inspected(t, server).Totals; got.Unclaimed != 1 || got.Unfit != 1 || got.Received.Events != 2 || got.Received.Bytes != 2 {
		t.Errorf("got %+v, want one that nobody claims and one that does not fit", got)
	}
}

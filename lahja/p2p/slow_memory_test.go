package p2p_test

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"github.com/lahja/go-lahja/lahja"
)

// TestEventThatFindsRoomKeepsNothingOfThoseThatDoNot fills a queue with one event each of
// many bursts, and measures what is in use.
func TestEventThatFindsRoomKeepsNothingOfThoseThatDoNot(t *testing.T) {
	const room, burst, most = 200, 600, 1 << 20
	for _, policy := range []lahja.SlowPolicy{lahja.DropNewest, lahja.DropOldest} {
		t.Run(policy.String(), func(t *testing.T) {
			n := memoryNetwork(t)
			server, client := n.serve("server"), n.run("client")
			sub := unread(t, server, policy, room*tickCost)
			n.connect(client, "server")
			ctx := limited(t)
			flood := func() {
				for range burst {
					check(t, lahja.Broadcast(ctx, client, Tick{N: 1}))
				}
				check(t, client.Sync(ctx, "server"))
			}
			flood()
			before := heapInUse()
			for range room {
				if _, ok := sub.TryNext(); !ok {
					t.Fatal("nothing is queued")
				}
				flood()
			}
			if grown := heapInUse() - before; grown > most {
				t.Errorf("the heap has grown by %d KiB, want at most %d: %d events are queued", grown>>10, most>>10, sub.Stats().Queued)
			}
			if got := sub.Stats(); got.Queued != room || got.Taken+got.Dropped+room != (room+1)*burst {
				t.Errorf("of %d events: %+v", (room+1)*burst, got)
			}
		})
	}
}

func heapInUse() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestSubscriptionsOfSeveralPoliciesShareEvents has two peers send to four subscriptions,
// each of which is to get, or drop, every event.
func TestSubscriptionsOfSeveralPoliciesShareEvents(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, one, two := n.serve("server"), n.run("one"), n.run("two")
		none := func(context.Context, lahja.Event[Tick]) error { return nil }
		var subs []*lahja.Subscription
		for _, c := range []lahja.SubscribeConfig{
			{},
			{WhenFull: lahja.DropNewest, QueueBytes: 2 * tickCost},
			{WhenFull: lahja.DropOldest, QueueBytes: 2 * tickCost},
		} {
			s, err := lahja.Subscribe(server, none, c)
			check(t, err)
			subs = append(subs, s)
		}
		subs = append(subs, unread(t, server, lahja.DropOldest, 2*tickCost))
		n.connect(one, "server")
		n.connect(two, "server")
		var sending sync.WaitGroup
		sending.Go(func() { broadcastTicks(t, one) })
		sending.Go(func() { broadcastTicks(t, two) })
		sending.Wait()
		check(t, one.Sync(limited(t), "server"))
		check(t, two.Sync(limited(t), "server"))
		for i, s := range subs {
			got := s.Stats()
			if all := got.Taken + got.Dropped + uint64(got.Queued); all != 2*many || i == 0 && got.Dropped > 0 {
				t.Errorf("subscription %d (%v): %+v, want %d in all", i, s.Config().WhenFull, got, 2*many)
			}
		}
	})
}

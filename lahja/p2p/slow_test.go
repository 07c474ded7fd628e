package p2p_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/p2p"
)

const (
	// tickCost is what a Tick of a small number counts for in a queue: its encoding, a
	// map of N to a byte, and what every event does.
	tickCost = 4 + core.EventCost
	// localCost is what it counts for within its endpoint, where it is an int.
	localCost = 8 + core.EventCost
)

// unread is a subscription to Tick that nobody reads.
func unread(t *testing.T, ep lahja.EndpointAPI, policy lahja.SlowPolicy, bytes int) *lahja.Subscription {
	t.Helper()
	of, err := lahja.TypeOf[Tick]()
	check(t, err)
	s, err := ep.Subscribe(of, nil, lahja.SubscribeConfig{QueueBytes: bytes, WhenFull: policy})
	check(t, err)
	t.Cleanup(s.Close)
	return s
}

// numbers takes what is there.
func numbers(s *lahja.Subscription) []int {
	var all []int
	for {
		r, ok := s.TryNext()
		if !ok {
			return all
		}
		all = append(all, r.Data().(Tick).N)
	}
}

// TestSlowSubscriptionHoldsItsSenderUp fills a subscription of a peer's: no more is
// under way than it has room for, and what is taken makes room again.
func TestSlowSubscriptionHoldsItsSenderUp(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		const room = 20
		ticks := unread(t, client, lahja.Block, room*tickCost)
		n.connect(client, "server")
		for i := range room {
			check(t, lahja.BroadcastNowait(server, Tick{N: i}))
		}
		is(t, lahja.BroadcastNowait(server, Tick{N: room}), lahja.ErrQueueFull)
		check(t, lahja.BroadcastNowait(server, Pong{}, lahja.BroadcastConfig{AllowNoSubscribers: true}))

		sent := make(chan error, 1)
		go func() { sent <- lahja.Broadcast(limited(t), server, Tick{N: room}) }()
		for i := range room + 1 {
			r, err := ticks.Next(limited(t))
			check(t, err)
			if got := r.Data().(Tick).N; got != i {
				t.Fatalf("got %d, want %d", got, i)
			}
		}
		check(t, <-sent)
		if stats := ticks.Stats(); stats.Dropped != 0 || stats.Taken != room+1 {
			t.Errorf("got %+v", stats)
		}
	})
}

// TestSlowSubscriptionDropsByItsPolicy has ten events come to room for four, from a peer
// and from the endpoint itself.
func TestSlowSubscriptionDropsByItsPolicy(t *testing.T) {
	const n, room = 10, 4
	for policy, want := range map[lahja.SlowPolicy][]int{
		lahja.DropNewest: {0, 1, 2, 3},
		lahja.DropOldest: {6, 7, 8, 9},
	} {
		for _, from := range []string{"a peer", "itself"} {
			t.Run(fmt.Sprintf("%s, from %s", policy, from), func(t *testing.T) {
				net := memoryNetwork(t)
				dropped := make(chan error, n)
				net.opts.Observer = func(o lahja.Observation) {
					if o.Kind == lahja.EventDropped {
						dropped <- o.Err
					}
				}
				server, client := net.serve("server"), net.run("client")
				slow, all := unread(t, client, policy, room*localCost), stream[Tick](t, client)
				net.connect(client, "server")
				sender := lahja.EndpointAPI(server)
				if from == "itself" {
					sender = client
				}
				for i := range n {
					check(t, lahja.Broadcast(limited(t), sender, Tick{N: i}))
				}
				check(t, sender.Sync(limited(t), "client"))
				for i := range n {
					if e := next(t, all); e.Data.N != i {
						t.Errorf("the other subscription got %d, want %d", e.Data.N, i)
					}
				}
				stats := slow.Stats()
				if got := numbers(slow); !slices.Equal(got, want) || stats.Dropped != n-room || stats.Queued != room {
					t.Errorf("got %v and %+v, want %v and %d dropped", got, stats, want, n-room)
				}
				for range n - room {
					is(t, <-dropped, lahja.ErrQueueFull)
				}
			})
		}
	}
}

// TestSlowSubscriptionDisconnects ends the connection to the sender that is too fast, and no other.
func TestSlowSubscriptionDisconnects(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, fast, calm := n.serve("server"), n.run("fast"), n.run("calm")
		unread(t, server, lahja.Disconnect, 4*tickCost)
		n.connect(fast, "server")
		n.connect(calm, "server")
		for i := range 5 {
			check(t, lahja.Broadcast(limited(t), fast, Tick{N: i}))
		}
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), server, "fast"))
		check(t, server.Sync(limited(t), "calm"))
	})
}

// TestSlowPeerIsTreatedByThePolicy sends much to one that has stopped and one that works:
// nothing waits, the one that works gets all, and only the policy touches the other.
func TestSlowPeerIsTreatedByThePolicy(t *testing.T) {
	const n = 100 // 10 MiB, of which a queue holds one, and a socket little more
	for policy, want := range map[lahja.SlowPolicy]struct{ first, last, disconnected bool }{
		lahja.DropNewest: {first: true},
		lahja.DropOldest: {last: true}, // The first may be in the socket before there is no room.
		lahja.Disconnect: {disconnected: true},
	} {
		t.Run(policy.String(), func(t *testing.T) {
			each(t, func(t *testing.T, net *network) {
				net.opts.SlowPeer = policy
				dropped, ended := make(chan lahja.Observation, n), make(chan int, 1)
				net.opts.Observer = func(o lahja.Observation) {
					switch {
					case o.Kind == lahja.EventDropped && o.Event != "":
						dropped <- o
					case o.Kind == lahja.Disconnected && o.Peer == "mute":
						ended <- len(dropped)
					}
				}
				server, blobs, mute := stopped(t, net)
				for i := range n {
					event := blob()
					event.Bytes[len(event.Bytes)-1] = byte(i)
					check(t, lahja.BroadcastNowait(server, event))
					next(t, blobs)
					check(t, server.Sync(limited(t), "client")) // It knows what the client has taken.
				}
				if want.disconnected {
					check(t, lahja.WaitUntilDisconnectedFrom(limited(t), server, "mute"))
					if before := <-ended; before != 1 || len(dropped) != 1 {
						t.Errorf("%d were dropped, %d of them before the end, want the one that ended it", len(dropped), before)
					}
				} else if got := mute.lastBytes(); want.first && !slices.Contains(got, 0) || slices.Contains(got, n-1) != want.last || len(got)+len(dropped) != n {
					t.Errorf("got %v, and %d were dropped; want the first: %v, the last: %v", got, len(dropped), want.first, want.last)
				}
				if got := inspected(t, server).Totals.DroppedForPeers; got != uint64(len(dropped)) {
					t.Errorf("counted %d, want the %d that were observed", got, len(dropped))
				}
				for len(dropped) > 0 {
					o := <-dropped
					if is(t, o.Err, lahja.ErrQueueFull); o.Peer != "mute" || !o.Outgoing || o.ID.Sequence == 0 {
						t.Errorf("dropped %+v, want an event for mute, with its id", o)
					}
				}
			})
		})
	}
}

// TestNewestEventIsKeptForAStoppedPeer sends events that are each larger than the queue,
// which the writer has filled already.
func TestNewestEventIsKeptForAStoppedPeer(t *testing.T) {
	const n = 20 // 2 MiB, more than a socket takes by itself
	each(t, func(t *testing.T, net *network) {
		net.opts.SlowPeer, net.opts.QueueBytes = lahja.DropOldest, 1<<10
		server, blobs, mute := stopped(t, net)
		for i := range n {
			event := blob()
			event.Bytes[len(event.Bytes)-1] = byte(i)
			check(t, lahja.BroadcastNowait(server, event))
			next(t, blobs)
			check(t, server.Sync(limited(t), "client")) // The client's queue is empty again.
		}
		dropped := inspected(t, server).Totals.DroppedForPeers
		got := mute.lastBytes()
		if !slices.Contains(got, n-1) || dropped == 0 || len(got)+int(dropped) != n {
			t.Errorf("got %v of %d, and %d were dropped; want the last, and some dropped", got, n, dropped)
		}
	})
}

// lastBytes reads all events that were sent, and returns the last byte of each.
func (r *raw) lastBytes() []byte {
	r.t.Helper()
	r.send(wire.NumberMsg{Number: 1}.Append(nil, wire.Ping))
	var all []byte
	for {
		kind, body := r.next()
		switch kind {
		case wire.Event:
			all = append(all, body[len(body)-1])
		case wire.Pong:
			return all
		}
	}
}

// TestCircleOfFullQueuesEnds has handlers of two endpoints broadcast to each other more
// than there is room for: without a bound they would wait for ever.
func TestCircleOfFullQueuesEnds(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		n.opts.BlockWait = 100 * time.Millisecond
		ended := make(chan error, 1000)
		n.opts.OnHandlerError = func(e lahja.HandlerError) { ended <- e.Err }
		server, client := n.serve("server"), n.run("client")
		for ep, other := range map[*p2p.Endpoint]string{server: "client", client: "server"} {
			_, err := lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[Tick]) error {
				to := lahja.BroadcastConfig{FilterEndpoints: []string{other}}
				for { // Each event causes as many as there is room for, and one more.
					if err := lahja.Broadcast(ctx, ep, e.Data, to); err != nil {
						return err
					}
				}
			}, lahja.SubscribeConfig{QueueBytes: 4 * tickCost})
			check(t, err)
		}
		n.connect(client, "server")
		check(t, lahja.Broadcast(limited(t), server, Tick{}, lahja.BroadcastConfig{FilterEndpoints: []string{"client"}}))
		select {
		case err := <-ended:
			if !errors.Is(err, lahja.ErrQueueFull) {
				t.Errorf("got %v, want %v", err, lahja.ErrQueueFull)
			}
		case <-limited(t).Done():
			t.Fatal("handlers wait for each other's queues, and nothing ends it")
		}
	})
}

func TestSlowPoliciesThatCannotBe(t *testing.T) {
	ep := memoryNetwork(t).run("alone")
	of, err := lahja.TypeOf[Tick]()
	check(t, err)
	for _, config := range []lahja.SubscribeConfig{{QueueBytes: -1}, {WhenFull: 4}, {WhenFull: -1}} {
		_, err := ep.Subscribe(of, nil, config)
		is(t, err, lahja.ErrInvalid)
	}
}

// TestSlowPeersAreTreatedEachByItsPolicy has two peers that do not read, of which one is to
// get the oldest events and the other the newest, and one that is not the policy's.
func TestSlowPeersAreTreatedEachByItsPolicy(t *testing.T) {
	const n = 100
	each(t, func(t *testing.T, net *network) {
		var asked sync.Map
		net.opts.SlowPeer = lahja.Disconnect // for nobody
		net.opts.SlowPeerOf = func(peer string) lahja.SlowPolicy {
			if _, again := asked.LoadOrStore(peer, true); again {
				t.Errorf("asked again for %s", peer)
			}
			return map[string]lahja.SlowPolicy{"newest": lahja.DropOldest, "oldest": lahja.DropNewest, "client": 99}[peer]
		}
		server, blobs, _ := stopped(t, net)
		peers := map[string]*raw{}
		for _, name := range []string{"newest", "oldest"} {
			peers[name] = net.join("server", name, subscribes("test/blob", 0))
			check(t, lahja.WaitUntilEndpointSubscribedTo[Blob](limited(t), server, name))
		}
		to := lahja.BroadcastConfig{FilterEndpoints: []string{"client", "newest", "oldest"}, NoWait: true}
		for i := range n {
			event := blob()
			event.Bytes[len(event.Bytes)-1] = byte(i)
			check(t, server.Broadcast(limited(t), event, to))
			next(t, blobs)
			check(t, server.Sync(limited(t), "client")) // It knows what the client has taken.
		}
		newest, oldest := peers["newest"].lastBytes(), peers["oldest"].lastBytes()
		if !slices.Contains(newest, n-1) || len(newest) == n {
			t.Errorf("got %v, want the last of %d and not all", newest, n)
		}
		if !slices.Contains(oldest, 0) || slices.Contains(oldest, n-1) {
			t.Errorf("got %v, want the first of %d and not the last", oldest, n)
		}
	})
}

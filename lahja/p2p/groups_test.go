package p2p_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// joining registers a stream that is a member of a group.
func joining(t *testing.T, ep lahja.EndpointAPI, group string) *lahja.Stream[Tick] {
	t.Helper()
	s, err := lahja.NewStream[Tick](ep, lahja.SubscribeConfig{Group: group})
	check(t, err)
	return s
}

// numbersIn is what a stream holds.
func numbersIn(s *lahja.Stream[Tick]) []int {
	var all []int
	for e, ok := s.TryNext(); ok; e, ok = s.TryNext() {
		all = append(all, e.Data.N)
	}
	return all
}

// send broadcasts ticks from a number to another one, and waits until they are handled.
func send(t *testing.T, ep lahja.EndpointAPI, from, to int, config ...lahja.BroadcastConfig) {
	t.Helper()
	for i := from; i < to; i++ {
		check(t, lahja.Broadcast(limited(t), ep, Tick{N: i}, config...))
	}
	for _, p := range ep.Peers().Peers {
		check(t, ep.Sync(limited(t), p.Name))
	}
}

func TestGroupTakesTurns(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server := n.serve("server")
		a, b := n.run("a"), n.run("b")
		members := []*lahja.Stream[Tick]{joining(t, server, "g"), joining(t, a, "g"), joining(t, a, "g"), joining(t, b, "g")}
		n.connect(a, "server")
		n.connect(b, "server")
		send(t, server, 0, 60)
		var all []int
		for i, want := range []int{20, 10, 10, 20} {
			got := numbersIn(members[i])
			if len(got) != want || !slices.IsSorted(got) {
				t.Errorf("member %d got %v, want %d in order", i, got, want)
			}
			all = append(all, got...)
		}
		slices.Sort(all)
		if all = slices.Compact(all); len(all) != 60 {
			t.Errorf("%d different events came, want 60", len(all))
		}
	})
}

func TestEachGroupAndEverybodyElseReceive(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, a, b := n.serve("server"), n.run("a"), n.run("b")
		left, leftToo := joining(t, a, "left"), joining(t, b, "left")
		right, rightToo := joining(t, a, "right"), joining(t, b, "right")
		everything := stream[Tick](t, b)
		n.connect(a, "server")
		n.connect(b, "server")
		send(t, server, 0, 10)
		for name, got := range map[string][]int{
			"left":     append(numbersIn(left), numbersIn(leftToo)...),
			"right":    append(numbersIn(right), numbersIn(rightToo)...),
			"everyone": numbersIn(everything),
		} {
			slices.Sort(got)
			if !slices.Equal(got, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
				t.Errorf("%s got %v, want 0 to 9", name, got)
			}
		}
	})
}

func TestFilterLimitsWhoIsChosen(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, a, b := n.serve("server"), n.run("a"), n.run("b")
		own, inA, inB := joining(t, server, "g"), joining(t, a, "g"), joining(t, b, "g")
		n.connect(a, "server")
		n.connect(b, "server")
		send(t, server, 0, 4, lahja.BroadcastConfig{FilterEndpoints: []string{"a", "b", "a"}})
		send(t, server, 4, 6, lahja.BroadcastConfig{FilterEndpoints: []string{"b"}})
		send(t, server, 6, 8, lahja.BroadcastConfig{Internal: true})
		if got, want := [][]int{numbersIn(own), numbersIn(inA), numbersIn(inB)}, []int{2, 2, 4}; len(got[0]) != want[0] || len(got[1]) != want[1] || len(got[2]) != want[2] {
			t.Errorf("the server, a and b got %v, want so many of them: %v", got, want)
		}
	})
}

// TestFullMemberIsPassedOver has a peer that never reads beside one that does.
func TestFullMemberIsPassedOver(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		n.opts.QueueBytes, n.opts.CompressAbove = 1<<20, -1
		server, client := n.serve("server"), n.run("client")
		blobs, err := lahja.NewStream[Blob](client, lahja.SubscribeConfig{Group: "g"})
		check(t, err)
		n.connect(client, "server")
		set := subscribes("test/blob", 0)
		interest := set["test/blob"]
		interest.Groups, interest.Everyone = []string{"g"}, false
		set["test/blob"] = interest
		n.join("server", "mute", set)
		check(t, lahja.WaitUntilEndpointSubscribedTo[Blob](limited(t), server, "mute"))
		const events = 100 // of 100 KiB each: by far more than the queue of the one that is mute holds
		got := 0
		for range events {
			check(t, lahja.BroadcastNowait(server, blob()))
			check(t, server.Sync(limited(t), "client"))
			if _, ok := blobs.TryNext(); ok {
				got++
			}
		}
		if got < events*3/4 || got == events {
			t.Errorf("the client got %d events of %d, want most and not all", got, events)
		}
	})
}

func TestRequestToAGroupIsAnsweredByOneMember(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, a, b := n.serve("server"), n.run("a"), n.run("b")
		for _, ep := range []*p2p.Endpoint{a, b} {
			_, err := lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[Ping]) error {
				return e.Respond(ctx, Pong{N: e.Data.N})
			}, lahja.SubscribeConfig{Group: "workers"})
			check(t, err)
			n.connect(ep, "server")
		}
		from := map[string]int{}
		for i := range 10 {
			pong, err := lahja.Request(limited(t), server, Ping{N: i})
			check(t, err)
			from[pong.Origin()]++
		}
		if from["a"] != 5 || from["b"] != 5 {
			t.Errorf("answers came from %v, want 5 of each", from)
		}
	})
}

func TestEventOfAMemberThatIsClosedIsObserved(t *testing.T) {
	n := memoryNetwork(t)
	var mu sync.Mutex
	var dropped []string
	n.opts.Observer = func(o lahja.Observation) {
		if o.Kind == lahja.EventDropped {
			mu.Lock()
			defer mu.Unlock()
			dropped = append(dropped, o.Endpoint+": "+o.Err.Error())
		}
	}
	server, client := n.serve("server"), n.run("client")
	s := joining(t, client, "g")
	n.connect(client, "server")
	send(t, server, 0, 1)
	s.Close()
	if got := inspected(t, client).Totals; got.Unclaimed != 1 || got.Taken != 0 {
		t.Errorf("got %+v, want one that nobody took", got)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(dropped) != 1 || !strings.HasPrefix(dropped[0], "client: ") || !strings.Contains(dropped[0], `queue group "g"`) {
		t.Errorf("dropped: %q, want one of the client's that names the group", dropped)
	}
}

// Delayed is encoded behind what is to happen between the choice of its receivers and that
// it is queued for them.
type Delayed struct{ before func() }

func (Delayed) EventName() string                { return "test/delayed" }
func (d Delayed) MarshalBinary() ([]byte, error) { d.before(); return nil, nil }
func (d *Delayed) UnmarshalBinary([]byte) error  { return nil }

func TestEventForAMemberThatHasGoneIsCountedAndObserved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memoryNetwork(t)
		dropped := make(chan lahja.Observation, 10)
		n.opts.Observer = func(o lahja.Observation) {
			if o.Kind == lahja.EventDropped {
				dropped <- o
			}
		}
		server, client := n.serve("server"), n.run("client")
		_, err := lahja.NewStream[Delayed](client, lahja.SubscribeConfig{Group: "g"})
		check(t, err)
		n.connect(client, "server")
		is(t, lahja.Broadcast(t.Context(), server, Delayed{func() { client.Close(); synctest.Wait() }}), lahja.ErrRemoteDisconnected)
		if got := inspected(t, server).Totals.DroppedForPeers; got != 1 || len(dropped) != 1 {
			t.Fatalf("%d are counted and %d observed, want the one", got, len(dropped))
		}
		if o := <-dropped; o.Endpoint != "server" || o.Peer != "client" || o.Event != "test/delayed" || o.ID.IsZero() || !o.Outgoing {
			t.Errorf("observed %+v, want the server's event for the client", o)
		}
	})
}

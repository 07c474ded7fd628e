package p2p_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// keeping is an implementation of EndpointAPI that lets every handler have its events
// only once they have all come, and twice.
type keeping struct {
	lahja.EndpointAPI
	atOnce int
}

func (k keeping) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	var kept []lahja.Received
	return k.EndpointAPI.Subscribe(t, func(ctx context.Context, r lahja.Received) error {
		if kept = append(kept, r); len(kept) < k.atOnce {
			return nil
		}
		var all error
		for _, r := range slices.Concat(kept, kept) {
			all = errors.Join(all, handler(ctx, r))
		}
		return all
	}, config)
}

// both is an implementation of EndpointAPI that subscribes at two endpoints at once.
type both struct {
	lahja.EndpointAPI
	other lahja.EndpointAPI
}

func (b both) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	if _, err := b.other.Subscribe(t, handler, config); err != nil {
		return nil, err
	}
	return b.EndpointAPI.Subscribe(t, handler, config)
}

// TestHandlersOfOtherImplementationsMayKeepWhatTheyGet pins that a typed handler gets
// what was sent, whatever an implementation between does with it.
func TestHandlersOfOtherImplementationsMayKeepWhatTheyGet(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		got := map[int]int{}
		all := make(chan struct{})
		_, err := lahja.Subscribe(keeping{server, many}, func(_ context.Context, e lahja.Event[Tick]) error {
			if got[e.Data.N]++; e.Data.N == many-1 && got[e.Data.N] == 2 {
				close(all)
			}
			return nil
		})
		check(t, err)
		n.connect(client, "server")
		broadcastTicks(t, client)
		<-all
		for i := range many {
			if got[i] != 2 {
				t.Fatalf("tick %d came %d times, want 2", i, got[i])
			}
		}
	})
}

func TestOneHandlerServesTwoEndpoints(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		var mu sync.Mutex
		got := map[string]int{} // by subscription, in effect: each has its own order
		calls := 0
		all := make(chan struct{})
		_, err := lahja.Subscribe(both{server, client}, func(_ context.Context, e lahja.Event[Tick]) error {
			mu.Lock()
			defer mu.Unlock()
			got[fmt.Sprint(e.Origin(), e.Data.N)]++
			if calls++; calls == 4*many {
				close(all)
			}
			return nil
		})
		check(t, err)
		n.connect(client, "server")
		var sending sync.WaitGroup
		sending.Go(func() { broadcastTicks(t, client) })
		sending.Go(func() { broadcastTicks(t, server) })
		sending.Wait()
		<-all
		for event, times := range got {
			if times != 2 {
				t.Fatalf("%s came %d times, want once at each endpoint", event, times)
			}
		}
	})
}

// TestReceivedOfAnEventThatATypedHandlerGotHasItsData pins it also after the handler has
// returned, and got others.
func TestReceivedOfAnEventThatATypedHandlerGotHasItsData(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		var got []lahja.Received
		all := make(chan struct{})
		_, err := lahja.Subscribe(server, func(_ context.Context, e lahja.Event[Tick]) error {
			if got = append(got, e.Received()); len(got) == many {
				close(all)
			}
			return nil
		})
		check(t, err)
		n.connect(client, "server")
		broadcastTicks(t, client)
		<-all
		for i, r := range got {
			if r.Data() != (Tick{N: i}) || r.Origin != "client" || r.ID.Sequence != uint64(i+1) {
				t.Fatalf("event %d is %v with id %v; want tick %d from client with sequence %d", i, r, r.ID, i, i+1)
			}
		}
	})
}

// TestOneBadEventAmongManyCostsATypedHandlerThatEventAlone pins that what fails does so
// for itself, and that the others are handled once and in order.
func TestOneBadEventAmongManyCostsATypedHandlerThatEventAlone(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error":  func() error { return errors.New("bang") },
		"panic":  func() error { panic("bang") },
		"Goexit": func() error { runtime.Goexit(); return nil },
	} {
		for _, observed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, observed %v", name, observed), func(t *testing.T) {
				each(t, func(t *testing.T, n *network) {
					var failed []lahja.HandlerError
					n.opts.OnHandlerError = func(e lahja.HandlerError) { failed = append(failed, e) }
					if observed {
						n.opts.Observer = func(lahja.Observation) {}
					}
					server, client := n.serve("server"), n.run("client")
					var got []int
					all := make(chan struct{})
					_, err := lahja.Subscribe(server, func(_ context.Context, e lahja.Event[Tick]) error {
						got = append(got, e.Data.N)
						if e.Data.N == many-1 {
							close(all)
						}
						if e.Data.N%100 == 50 {
							return fail()
						}
						return nil
					})
					check(t, err)
					n.connect(client, "server")
					broadcastTicks(t, client)
					<-all
					for i, n := range got {
						if n != i {
							t.Fatalf("call %d was with tick %d", i, n)
						}
					}
					for i, e := range failed {
						if want := uint64(i*100 + 51); e.ID.Sequence != want || e.Origin != "client" {
							t.Fatalf("failure %d is of event %v from %s, want sequence %d: %v", i, e.ID, e.Origin, want, e)
						}
					}
					if len(failed) != many/100 {
						t.Errorf("%d failures were told, want %d", len(failed), many/100)
					}
				})
			})
		}
	}
}

// TestTypedHandlerMeetsDataThatIsNone pins what becomes of it: what any endpoint could
// have sent costs itself, and anything else the connection.
func TestTypedHandlerMeetsDataThatIsNone(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		dropped := make(chan lahja.Observation, 10)
		lost := make(chan error, 10)
		n.opts.Observer = func(o lahja.Observation) {
			switch {
			case o.Kind == lahja.EventDropped:
				dropped <- o
			case o.Kind == lahja.Disconnected && o.Peer == "raw":
				lost <- o.Err
			}
		}
		server := n.serve("server")
		got := make(chan string, 10)
		_, err := lahja.Subscribe(server, func(_ context.Context, e lahja.Event[Choosy]) error {
			got <- string(e.Data.Name)
			return nil
		})
		check(t, err)
		raw := n.join("server", "raw", nil)
		check(t, lahja.WaitUntilConnectedTo(limited(t), server, "raw"))
		send := func(sequence uint64, payload string) {
			raw.send(wire.AppendEvent(nil, wire.EventMsg{Type: "test/choosy", Sequence: sequence, Payload: []byte(payload)}, -1))
		}
		send(1, "\xa1\x64Name\x61x")
		send(2, "\xa1\x64Name\x60") // the empty name
		send(3, "\xa1\x64Name\x61y")
		if first, second := <-got, <-got; first != "x" || second != "y" {
			t.Errorf("the handler got %q and %q, want x and y", first, second)
		}
		o := <-dropped
		if text := is(t, o.Err, lahja.ErrMalformed); o.ID.Sequence != 2 || !strings.Contains(text, "the name is empty") {
			t.Errorf("dropped %+v, want event 2 and the reason", o)
		}
		send(4, "\xff\xff")
		is(t, <-lost, lahja.ErrMalformed)
		raw.ended()
	})
}

// TestMalformedEventOfAPeerThatHasGoneIsTold pins it for one that its handler comes to only
// then.
func TestMalformedEventOfAPeerThatHasGoneIsTold(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		gone, dropped := make(chan struct{}), make(chan error, 1)
		n.opts.Observer = func(o lahja.Observation) {
			switch {
			case o.Kind == lahja.Disconnected && o.Peer == "raw":
				close(gone)
			case o.Kind == lahja.EventDropped:
				dropped <- o.Err
			}
		}
		server := n.serve("server")
		_, err := lahja.Subscribe(server, func(context.Context, lahja.Event[Tick]) error {
			<-gone
			return nil
		})
		check(t, err)
		raw := n.join("server", "raw", nil)
		check(t, lahja.WaitUntilConnectedTo(limited(t), server, "raw"))
		raw.send(wire.AppendEvent(nil, wire.EventMsg{Type: "test/tick", Sequence: 1, Payload: []byte("\xa1\x61N\x01")}, -1))
		raw.send(wire.AppendEvent(nil, wire.EventMsg{Type: "test/tick", Sequence: 2, Payload: []byte("\xff\xff")}, -1))
		raw.conn.Close()
		is(t, <-dropped, lahja.ErrMalformed)
	})
}

// Compact keeps its bytes within itself.
type Compact struct {
	room  [8]byte
	bytes []byte
}

func (Compact) EventName() string                { return "test/compact" }
func (c Compact) MarshalBinary() ([]byte, error) { return c.bytes, nil }

func (c *Compact) UnmarshalBinary(data []byte) error {
	c.bytes = append(c.room[:0], data...)
	return nil
}

func TestValueThatRefersToItselfStaysWhatItIs(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		sent := []string{"one", "two", "three"}
		var got []Compact
		all := make(chan struct{})
		_, err := lahja.Subscribe(server, func(_ context.Context, e lahja.Event[Compact]) error {
			if got = append(got, e.Data); len(got) == len(sent) {
				close(all)
			}
			return nil
		})
		check(t, err)
		n.connect(client, "server")
		for _, s := range sent {
			check(t, lahja.Broadcast(t.Context(), client, Compact{bytes: []byte(s)}))
		}
		<-all
		check(t, client.Sync(limited(t), "server"))
		for i, c := range got {
			if string(c.bytes) != sent[i] {
				t.Errorf("event %d is %q, want %q", i, c.bytes, sent[i])
			}
		}
	})
}

func TestConfigOfATypedSubscriptionIsWhatWasGiven(t *testing.T) {
	want := lahja.SubscribeConfig{Group: "g", QueueBytes: 1 << 20, WhenFull: lahja.DropOldest}
	sub, err := lahja.Subscribe(memoryNetwork(t).serve("server"), func(context.Context, lahja.Event[Tick]) error { return nil }, want)
	check(t, err)
	if got := sub.Config(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// many are more events than any batch has.
const many = 2000

// broadcastTicks broadcasts ticks from 0.
func broadcastTicks(t *testing.T, ep lahja.EndpointAPI) {
	for i := range many {
		if err := lahja.Broadcast(t.Context(), ep, Tick{N: i}); err != nil {
			t.Errorf("broadcast %d: %v", i, err)
			return
		}
	}
}

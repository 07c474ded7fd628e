package p2p_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/inspect"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// Stubborn does not let itself be encoded.
type Stubborn struct{}

func (Stubborn) EventName() string            { return "test/stubborn" }
func (Stubborn) MarshalCBOR() ([]byte, error) { return nil, errors.New("not today") }
func (*Stubborn) UnmarshalCBOR([]byte) error  { return nil }

// tap looks on at the named server, and returns when it does.
func (n *network) tap(server string, m wire.TapMsg) *raw {
	n.t.Helper()
	r := n.dialRaw(server)
	m.Version = wire.Version
	r.send(m.Append(nil))
	r.inspected()
	return r
}

// inspected skips frames up to the next inspection.
func (r *raw) inspected() inspect.Inspection {
	r.t.Helper()
	var i inspect.Inspection
	check(r.t, json.Unmarshal(r.expect(wire.Inspected), &i))
	return i
}

// passed is the next event that the tap is shown, in short.
func (r *raw) passed() string {
	r.t.Helper()
	kind, body := r.next()
	if kind != wire.Tapped {
		return kind.String()
	}
	m, err := wire.ParseTapped(body)
	check(r.t, err)
	e, err := wire.ParseEvent(m.Event, 1<<20)
	check(r.t, err)
	if strings.HasSuffix(m.Trouble, "not today") {
		return fmt.Sprintf("%s %s: not today", m.Passage, e.TypeBytes)
	}
	slices.Sort(m.Peers) // They are in no order.
	return strings.TrimSpace(fmt.Sprintf("%s %s %x %s", m.Passage, e.TypeBytes, e.Payload, strings.Join(m.Peers, ",")))
}

// encoded returns an encoded event of the tests that has a number in it, in hexadecimal.
func encoded(n int) string { return fmt.Sprintf("a1614e%02x", n) }

func TestTapSeesExactlyWhatPasses(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server := n.serve("server")
		for _, name := range []string{"a", "b"} {
			client := n.run(name)
			n.connect(client, "server")
			stream[Tick](t, client)
			known(t, client)
			if name == "a" {
				n.server = client
			}
		}
		a := n.server
		answer(t, server)
		known(t, server)
		all := n.tap("server", wire.TapMsg{Events: true})
		some := n.tap("server", wire.TapMsg{Events: true, Types: []string{"test/po?g", "nothing"}})
		stream[Stubborn](t, server)
		stream[Tick](t, server)
		known(t, server)
		before := server.Peers()

		check(t, lahja.Broadcast(limited(t), server, Tick{N: 1}))
		check(t, lahja.Broadcast(limited(t), server, Tick{N: 2}, lahja.BroadcastConfig{FilterEndpoints: []string{"b"}}))
		check(t, lahja.Broadcast(limited(t), server, Tick{N: 3}, lahja.BroadcastConfig{Internal: true}))
		is(t, lahja.Broadcast(limited(t), server, Stubborn{}), lahja.ErrInvalid)
		is(t, lahja.Broadcast(limited(t), server, Blob{}), lahja.ErrNoSubscribers)
		_, err := lahja.Request(limited(t), a, Ping{N: 4})
		check(t, err)
		check(t, server.Shutdown(limited(t)))

		want := []string{
			"local test/tick " + encoded(1), "sent test/tick " + encoded(1) + " a,b", "sent test/tick " + encoded(2) + " b",
			"local test/tick " + encoded(3),
			"received test/ping " + encoded(4) + " a", "sent test/pong " + encoded(5) + " a", "goodbye",
		}
		for _, w := range want {
			if got := all.passed(); got != w {
				t.Errorf("got %q, want %q", got, w)
			}
		}
		all.ended()
		for _, w := range []string{"sent test/pong " + encoded(5) + " a", "goodbye"} {
			if got := some.passed(); got != w {
				t.Errorf("with patterns: got %q, want %q", got, w)
			}
		}
		some.ended()
		for _, p := range before.Peers {
			if !slices.Contains([]string{"server", "a", "b"}, p.Name) {
				t.Errorf("%s is listed as a peer", p.Name)
			}
		}
	})
}

func TestTapIsNoPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memoryNetwork(t)
		server := n.serve("server")
		before := server.Peers()
		r := n.tap("server", wire.TapMsg{Events: true, Types: []string{"x"}})
		if after := server.Peers(); after.Version != before.Version || len(after.Peers) != 1 {
			t.Errorf("got %+v, want what there was before: %+v", after, before)
		}
		got := inspected(t, server).Taps
		if len(got) != 1 || !got[0].Events || len(got[0].Types) != 1 || got[0].Queue.Limit != p2p.TapQueueBytes {
			t.Errorf("taps: got %+v, want one", got)
		}
		r.conn.Close()
		synctest.Wait()
		if got := inspected(t, server).Taps; len(got) != 0 {
			t.Errorf("taps: got %+v, want the one that left forgotten", got)
		}
	})
}

func TestTapThatDoesNotReadCostsOnlyDrops(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		n.opts.CompressAbove = -1
		server, client := n.serve("server"), n.run("client")
		blobs := stream[Blob](t, client)
		n.connect(client, "server")
		r := n.tap("server", wire.TapMsg{Events: true})
		const all = 150
		for range all {
			check(t, lahja.Broadcast(limited(t), server, blob()))
			next(t, blobs)
		}
		got := inspected(t, server).Taps[0]
		if got.Lost == 0 || got.Lost+got.Shown != all || got.Queue.Bytes > got.Queue.Limit || got.Queue.Events == 0 {
			t.Fatalf("got %+v, want %d events, shown or lost", got, all)
		}
		var shown, lost uint64
		for shown+lost < all {
			switch kind, body := r.next(); kind {
			case wire.Tapped:
				shown++
			case wire.Lost:
				m, err := wire.ParseNumber(body)
				check(t, err)
				lost = m.Number
			}
		}
		if shown != got.Shown || lost != got.Lost {
			t.Errorf("the tap got %d and was told of %d lost, want %+v", shown, lost, got)
		}
	})
}

func TestTapThatIsMalformedIsEnded(t *testing.T) {
	tap := wire.TapMsg{Version: wire.Version}.Append(nil)
	for name, say := range map[string]func(*network) *raw{
		"a tap that is none": func(n *network) *raw {
			r := n.dialRaw("server")
			r.send([]byte{0, 0, 0, 3, byte(wire.Tap), 'x', 'y'})
			return r
		},
		"a tap that says more": func(n *network) *raw {
			r := n.tap("server", wire.TapMsg{Events: true, Interval: 1000})
			r.send(tap)
			return r
		},
		"a peer that taps": func(n *network) *raw {
			r := n.join("server", "peer", nil)
			r.send(tap)
			return r
		},
		"a peer that tells of losses": func(n *network) *raw {
			r := n.join("server", "peer", nil)
			r.send(wire.NumberMsg{Number: 1}.Append(nil, wire.Lost))
			return r
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := memoryNetwork(t)
			refused := make(chan error, 1)
			n.opts.Observer = func(o lahja.Observation) {
				if o.Kind == lahja.Refused || o.Kind == lahja.Disconnected {
					refused <- o.Err
				}
			}
			n.serve("server")
			say(n).ended()
			is(t, <-refused, lahja.ErrMalformed)
		})
	}
}

func TestInspectionsComeAtTheirInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memoryNetwork(t)
		server := n.serve("server")
		r := n.tap("server", wire.TapMsg{Interval: 1000})
		started := time.Now()
		stream[Tick](t, server)
		for range 3 {
			if got := r.inspected(); len(got.Subscriptions) != 1 {
				t.Errorf("got %+v, want one subscription", got)
			}
		}
		if took := time.Since(started); took != 3*time.Second {
			t.Errorf("three took %v, want 3s", took)
		}
		check(t, server.Close())
		r.ended()
	})
}

// The bubble ends only when every goroutine of the endpoint has.
func TestCloseEndsTaps(t *testing.T) {
	for name, end := range map[string]struct {
		of   func(*testing.T, *p2p.Endpoint)
		took time.Duration
	}{
		"close":    {func(t *testing.T, ep *p2p.Endpoint) { check(t, ep.Close()) }, lahja.DefaultLinger},
		"shutdown": {func(t *testing.T, ep *p2p.Endpoint) { check(t, ep.Shutdown(t.Context())) }, p2p.TapGoodbye},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := memoryNetwork(t)
				server := n.serve("server")
				stream[Blob](t, server)
				r := n.tap("server", wire.TapMsg{Events: true, Interval: 500})
				for range 30 { // More than the pipe takes: the writer hangs.
					check(t, lahja.Broadcast(t.Context(), server, blob()))
				}
				started := time.Now()
				end.of(t, server)
				if took := time.Since(started); took != end.took {
					t.Errorf("it took %v, want %v", took, end.took)
				}
				r.ended()
			})
		})
	}
}

func TestShutdownShowsTapsWhatWaits(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server := n.serve("server")
		stream[Tick](t, server)
		r := n.tap("server", wire.TapMsg{Events: true})
		const all = 1000
		for i := range all {
			check(t, lahja.Broadcast(limited(t), server, Tick{N: i}))
		}
		ended := make(chan error, 1)
		go func() { ended <- server.Shutdown(limited(t)) }()
		for range all {
			if got := r.passed(); !strings.HasPrefix(got, "local test/tick") {
				t.Fatalf("got %q, want a tick", got)
			}
		}
		if got := r.passed(); got != "goodbye" {
			t.Errorf("got %q, want a goodbye", got)
		}
		check(t, <-ended)
	})
}

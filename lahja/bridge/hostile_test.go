package bridge_test

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/bridge"
)

func number(kind wire.Kind, n uint64) []byte { return wire.NumberMsg{Number: n}.Append(nil, kind) }

// Whatever comes instead of a hello, before the other side is there, or later, ends that one
// connection, with a reason.
func TestMalformedInputEndsThatConnectionAlone(t *testing.T) {
	event := tick(t, 1, 1)
	instead := map[string][]byte{
		"a ready":            wire.ReadyMsg{}.Append(nil),
		"an event":           event,
		"a name with a path": helloOf("../x", 1).Append(nil),
		"another version":    wire.HelloMsg{Version: 99}.Append(nil),
		"another codec":      wire.HelloMsg{Version: wire.Version, Codec: "gob", Name: "x", Instance: 1}.Append(nil),
		"a malformed tap":    {0, 0, 0, 2, byte(wire.Tap), 0},
	}
	early := map[string][]byte{
		"an event":              event,
		"a sync":                number(wire.Sync, 1),
		"a goodbye":             goodbye(),
		"an acknowledgement":    number(wire.SubscriptionsAck, 1),
		"a second hello":        helloOf("x", 1).Append(nil),
		"too many descriptions": descriptions(200, wire.MaxLayout),
	}
	later := map[string][]byte{
		"an unknown kind":            {0, 0, 0, 1, 200},
		"no length":                  {0, 0, 0, 0},
		"a huge length":              binary.BigEndian.AppendUint32(nil, 1<<31),
		"a second hello":             helloOf("x", 1).Append(nil),
		"a tap":                      tapOf().Append(nil),
		"half an event":              {0, 0, 0, 2, byte(wire.Event), 0},
		"a number with a tail":       {0, 0, 0, 3, byte(wire.Ping), 1, 1},
		"an early acknowledgement":   number(wire.SubscriptionsAck, 1<<40),
		"two goodbyes":               append(goodbye(), goodbye()...),
		"an event that is too large": wire.AppendEvent(nil, wire.EventMsg{Type: "x", Sequence: 1, Payload: make([]byte, 20<<20)}, -1),
	}
	j := bus(t)
	remote, client := j.serveServer("remote", j.remote()), j.onSocket("client", quiet())
	ticks := stream[Tick](t, remote)
	j.connect(client, "remote")
	ends := func(name string, bytes []byte, open func() *raw) {
		r := open()
		_, _ = r.conn.Write(bytes) // The bridge may have seen enough before the end of it.
		if name != "two goodbyes" {
			if m := r.refused(); m.Reason == "" {
				t.Errorf("%s: no reason", name)
			}
		}
		r.ended()
		eventually(t, "the connection is forgotten", func() bool { return j.bridge.Stats().Pairs == 1 })
	}
	for name, bytes := range instead {
		ends(name+" first", bytes, func() *raw { return j.dial("remote") })
	}
	for name, bytes := range early {
		ends(name+" early", append(helloOf("raw", 1).Append(nil), bytes...), func() *raw { return j.dial("remote") })
	}
	for name, bytes := range later {
		ends(name, bytes, func() *raw { return j.join("remote", "raw", nil) })
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), remote, "raw"))
	}
	check(t, lahja.Broadcast(limited(t), client, Tick{N: 3}))
	if e, err := ticks.Next(limited(t)); err != nil || e.Data.N != 3 {
		t.Errorf("got %v, %v; want 3 of the one that behaves", e, err)
	}
}

// descriptions are n of types, each of that many bytes.
func descriptions(n, size int) (all []byte) {
	for i := range n {
		all = wire.DescribedMsg{Type: fmt.Sprint("t", i), Layout: make([]byte, size)}.Append(all)
	}
	return all
}

// A side that does not do its part of a handshake is not waited for.
func TestConnectionThatDoesNotBecomeReadyIsEnded(t *testing.T) {
	hooks := bridge.Hooks{Handshake: 300 * time.Millisecond}
	subscriptions := wire.SubscriptionsMsg{Number: 1}.Append(nil)
	for name, say := range map[string]func(r *raw){
		"nothing":                    func(*raw) {},
		"half a length":              func(r *raw) { r.send([]byte{0, 0}) },
		"only hello":                 func(r *raw) { r.send(helloOf("raw", 1).Append(nil)) },
		"only what it subscribes to": func(r *raw) { r.send(append(helloOf("raw", 1).Append(nil), subscriptions...)) },
		"only what it knows": func(r *raw) {
			r.send(helloOf("raw", 1).Append(nil))
			for kind, body, err := r.in.Next(wire.MaxSubscriptions); err == nil; kind, body, err = r.in.Next(wire.MaxSubscriptions) {
				if m, err := wire.ParseSubscriptions(body); kind == wire.Subscriptions && err == nil {
					_, _ = r.conn.Write(number(wire.SubscriptionsAck, m.Number)) // It may be too late on a loaded machine.
				}
			}
		},
	} {
		t.Run("a socket says "+name, func(t *testing.T) {
			t.Parallel()
			j := busWith(t, hooks, func(*bridge.Options) {})
			j.serveServer("remote", j.remote())
			r := j.dial("remote")
			say(r)
			r.ended()
			eventually(t, "the endpoint leaves the server", func() bool { return j.bridge.Stats() == bridge.Stats{} })
		})
	}
	t.Run("a listener says nothing", func(t *testing.T) {
		t.Parallel()
		j := busWith(t, hooks, func(*bridge.Options) {})
		j.listen("silent")
		theirs := j.remote()
		theirs.ListenWait = time.Second
		err := j.onServer("remote", theirs).ConnectToEndpoints(limited(t), j.config("silent"))
		says(t, err, lahja.ErrNoListener)
	})
	t.Run("a listener says only hello", func(t *testing.T) {
		t.Parallel()
		j := busWith(t, hooks, func(*bridge.Options) {})
		theirs := j.remote()
		theirs.ReadyWait, theirs.ListenWait = 2*time.Second, 2*time.Second
		var ended atomic.Int64
		j.listenRaw("half", func(r *raw) {
			_, _ = r.conn.Write(helloOf("half", 5).Append(nil)) // The bridge may have ended it already.
			for err := error(nil); err == nil; {
				_, _, err = r.in.Next(wire.MaxSubscriptions)
			}
			ended.Add(1)
		})
		if err := j.onServer("remote", theirs).ConnectToEndpoints(limited(t), j.config("half")); err == nil {
			t.Error("want it not to connect")
		}
		eventually(t, "the connection is ended", func() bool { return ended.Load() > 0 })
	})
}

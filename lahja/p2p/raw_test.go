package p2p_test

import (
	"bytes"
	"errors"
	"hash/fnv"
	"io"
	"net"
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// raw is a peer that does as the test says, and not as it should.
type raw struct {
	t    *testing.T
	conn net.Conn
	in   *wire.Reader
}

// dialRaw connects to the named server and says nothing.
func (n *network) dialRaw(server string) *raw {
	n.t.Helper()
	conn, err := n.opts.Transport.Dial(limited(n.t), n.config(server).Address)
	check(n.t, err)
	n.t.Cleanup(func() { conn.Close() })
	return &raw{t: n.t, conn: conn, in: wire.NewReader(conn)}
}

func helloOf(name string, instance uint64) wire.HelloMsg {
	return wire.HelloMsg{Version: wire.Version, Codec: "cbor", Name: name, Instance: instance}
}

// runOf is the instance of the raw peer of that name.
func runOf(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}

// join connects as an endpoint that subscribes to types would, until it is
// ready. First it sends what describes its types.
func (n *network) join(server, name string, types map[string]wire.Interest, described ...[]byte) *raw {
	n.t.Helper()
	r := n.dialRaw(server)
	r.send(helloOf(name, runOf(name)).Append(nil))
	r.expect(wire.Hello)
	r.send(bytes.Join(described, nil))
	r.send(wire.SubscriptionsMsg{Number: 1, Types: types}.Append(nil))
	for ready := false; !ready; {
		kind, body := r.next()
		switch kind {
		case wire.Subscriptions:
			m, err := wire.ParseSubscriptions(body)
			check(n.t, err)
			r.send(wire.NumberMsg{Number: m.Number}.Append(nil, wire.SubscriptionsAck))
		case wire.Ready:
			ready = true
		}
	}
	r.send(wire.ReadyMsg{}.Append(nil))
	return r
}

// subscribes is a set of one type, of whose events nobody counts how many are under
// way.
func subscribes(event string, shape uint64) map[string]wire.Interest {
	return map[string]wire.Interest{event: {Shape: shape, Everyone: true}}
}

func (r *raw) send(frames []byte) {
	r.t.Helper()
	_, err := r.conn.Write(frames)
	check(r.t, err)
}

func (r *raw) next() (wire.Kind, []byte) {
	r.t.Helper()
	kind, body, err := r.in.Next(64 << 20)
	check(r.t, err)
	return kind, body
}

// expect skips frames up to the first of that kind.
func (r *raw) expect(want wire.Kind) []byte {
	r.t.Helper()
	for {
		if kind, body := r.next(); kind == want {
			return body
		}
	}
}

// ended waits for the other side to close.
func (r *raw) ended() {
	r.t.Helper()
	r.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		_, _, err := r.in.Next(64 << 20)
		if err == nil {
			continue
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isReset(err) {
			return
		}
		r.t.Fatalf("got %v, want the connection closed", err)
	}
}

// nameOf is the wire name of an event type.
func nameOf[T any](t *testing.T) string {
	t.Helper()
	of, err := lahja.TypeOf[T]()
	check(t, err)
	return of.Name
}

package bridge_test

import (
	"errors"
	"hash/fnv"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/transport/unix"
)

// raw is an endpoint on a socket that does as the test says, and not as it should.
type raw struct {
	t    *testing.T
	conn net.Conn
	in   *wire.Reader
}

// dial connects to the socket of an imported endpoint, and says nothing.
func (j *joined) dial(remote string) *raw {
	j.t.Helper()
	var conn net.Conn
	var err error
	eventually(j.t, "somebody listens at "+remote, func() bool {
		conn, err = unix.Transport{}.Dial(limited(j.t), j.config(remote).Address)
		return err == nil
	})
	j.t.Cleanup(func() { conn.Close() })
	j.conns = append(j.conns, conn)
	return &raw{t: j.t, conn: conn, in: wire.NewReader(conn)}
}

// join connects as an endpoint that subscribes to types would, until it is ready.
func (j *joined) join(remote, name string, types map[string]wire.Interest) *raw {
	j.t.Helper()
	r := j.dial(remote)
	r.send(helloOf(name, runOf(name)).Append(nil))
	r.expect(wire.Hello)
	r.send(wire.SubscriptionsMsg{Number: 1, Types: types}.Append(nil))
	for ready := false; !ready; {
		kind, body := r.next()
		switch kind {
		case wire.Subscriptions:
			m, err := wire.ParseSubscriptions(body)
			check(j.t, err)
			r.send(wire.NumberMsg{Number: m.Number}.Append(nil, wire.SubscriptionsAck))
		case wire.Ready:
			ready = true
		}
	}
	r.send(wire.ReadyMsg{}.Append(nil))
	return r
}

// listenWith listens as an endpoint on a socket does, and serves each connection until that has ended.
// It goes on until stop, which waits for them, or the end of the test.
func (j *joined) listenWith(name string, serve func(net.Conn)) (stop func()) {
	j.t.Helper()
	l, err := unix.Transport{}.Listen(limited(j.t), j.config(name).Address)
	check(j.t, err)
	var all sync.WaitGroup
	stop = sync.OnceFunc(func() { l.Close(); all.Wait() })
	j.t.Cleanup(stop)
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer conn.Close()
				serve(conn)
			})
		}
	})
	return stop
}

// listen listens, and says nothing. The channel is closed when a connection has come that says
// something.
func (j *joined) listen(name string) (spoke <-chan struct{}, stop func()) {
	j.t.Helper()
	spoken := make(chan struct{})
	var first sync.Once
	return spoken, j.listenWith(name, func(conn net.Conn) {
		for buffer := make([]byte, 1024); ; {
			n, err := conn.Read(buffer)
			if n > 0 {
				first.Do(func() { close(spoken) })
			}
			if err != nil {
				return
			}
		}
	})
}

// listenRaw listens, and has each connection served that says hello. Others only find out whether
// anybody listens.
func (j *joined) listenRaw(name string, serve func(r *raw)) {
	j.t.Helper()
	j.listenWith(name, func(conn net.Conn) {
		r := &raw{t: j.t, conn: conn, in: wire.NewReader(conn)}
		if _, _, err := r.in.Next(wire.MaxHello); err == nil {
			serve(r)
		}
	})
}

// stale listens at an endpoint's socket, which stays when the listener is closed.
func (j *joined) stale(name string) net.Listener {
	j.t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: j.config(name).Address, Net: "unix"})
	check(j.t, err)
	l.SetUnlinkOnClose(false)
	j.t.Cleanup(func() { l.Close() })
	return l
}

func helloOf(name string, instance uint64) wire.HelloMsg {
	return wire.HelloMsg{Version: wire.Version, Codec: "cbor", Name: name, Instance: instance}
}

func tapOf(types ...string) wire.TapMsg {
	return wire.TapMsg{Version: wire.Version, Events: true, Types: types}
}

func goodbye() []byte { return wire.GoodbyeMsg{}.Append(nil) }

// runOf is the instance of the raw endpoint of that name.
func runOf(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}

// subscribes is a set of one type, whose window has that many bytes.
func subscribes(event string, window int) map[string]wire.Interest {
	return map[string]wire.Interest{event: {Everyone: true, Window: uint64(window)}}
}

// nameOf is the wire name of an event type.
func nameOf[T any](t *testing.T) string {
	t.Helper()
	of, err := lahja.TypeOf[T]()
	check(t, err)
	return of.Name
}

// tick is the frame of a Tick.
func tick(t *testing.T, sequence uint64, n int) []byte {
	t.Helper()
	of, err := lahja.TypeOf[Tick]()
	check(t, err)
	payload, err := cbor.Marshal(Tick{N: n})
	check(t, err)
	return wire.AppendEvent(nil, wire.EventMsg{Type: of.Name, Shape: of.Shape, Sequence: sequence, Payload: payload}, -1)
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
		kind, body := r.next()
		if kind == want {
			return body
		}
		if m, err := wire.ParseRefuse(body); kind == wire.Refuse && err == nil {
			r.t.Fatalf("refused (%s): %s", m.Code, m.Reason)
		}
	}
}

// refused returns why the other side refuses or ends the connection.
func (r *raw) refused() wire.RefuseMsg {
	r.t.Helper()
	m, err := wire.ParseRefuse(r.expect(wire.Refuse))
	check(r.t, err)
	return m
}

// ended waits for the other side to close.
func (r *raw) ended() {
	r.t.Helper()
	check(r.t, r.conn.SetReadDeadline(time.Now().Add(20*time.Second)))
	for {
		_, _, err := r.in.Next(64 << 20)
		switch {
		case err == nil:
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
			return
		default:
			r.t.Fatalf("got %v, want the connection closed", err)
		}
	}
}

// cord is a connection to the server that can be cut, as when a process is killed.
type cord struct {
	mu    sync.Mutex
	isCut bool
	conns []net.Conn
}

func (c *cord) options() []nats.Option { return []nats.Option{nats.SetCustomDialer(c)} }

// Dial implements nats.CustomDialer.
func (c *cord) Dial(network, address string) (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isCut {
		return nil, io.ErrClosedPipe
	}
	conn, err := net.Dial(network, address)
	if err == nil {
		c.conns = append(c.conns, conn)
	}
	return conn, err
}

func (c *cord) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.isCut = true
	for _, conn := range c.conns {
		conn.Close()
	}
}

// remains is what this process holds.
type remains struct{ descriptors, goroutines int }

func held(t *testing.T) remains {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("this system does not list a process's descriptors: %v", err)
	}
	runtime.GC()
	return remains{descriptors: len(open), goroutines: runtime.NumGoroutine()}
}

// nothingLeft demands that the process holds what it held before. What ends by itself has a while to
// do so: there is no event for the end of a goroutine.
func nothingLeft(t *testing.T, before remains) {
	t.Helper()
	now := held(t)
	for end := time.Now().Add(5 * time.Second); (now.descriptors > before.descriptors || now.goroutines > before.goroutines) && time.Now().Before(end); now = held(t) {
		time.Sleep(5 * time.Millisecond) // Between looks.
	}
	if now.descriptors > before.descriptors || now.goroutines > before.goroutines {
		stacks := make([]byte, 1<<20)
		t.Errorf("left behind: got %+v, want %+v\n%s", now, before, stacks[:runtime.Stack(stacks, true)])
	}
}

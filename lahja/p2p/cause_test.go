package p2p_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
)

// errTold is what a connection ends with, as a TLS alert or a limit of its protocol.
var errTold = errors.New("message too big")

// breaking is a transport whose dialled connections end with errors of the test's.
type breaking struct {
	p2p.Transport
	conns chan *breakingConn
}

func (b breaking) Dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := b.Transport.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	c := &breakingConn{Conn: conn}
	b.conns <- c
	return c, nil
}

// breakingConn replaces the errors of reads and writes, once it is broken.
type breakingConn struct {
	net.Conn
	read, written atomic.Pointer[error]
	hold          atomic.Pointer[chan struct{}] // writes wait for it
	tell          func()                        // the first write has failed
}

func (c *breakingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if as := c.read.Load(); as != nil && err != nil {
		err = *as
	}
	return n, err
}

func (c *breakingConn) Write(b []byte) (int, error) {
	if hold := c.hold.Load(); hold != nil {
		<-*hold
	}
	if as := c.written.Load(); as != nil {
		if c.tell != nil {
			c.tell()
		}
		return 0, *as
	}
	return c.Conn.Write(b)
}

// breakNow ends the connection: reads and writes fail with these errors.
func (c *breakingConn) breakNow(read, written error) {
	c.read.Store(&read)
	c.written.Store(&written)
	c.Conn.Close()
}

// breakWrites has writes fail, and reads go on.
func (c *breakingConn) breakWrites(err error, failed chan struct{}) {
	c.tell = sync.OnceFunc(func() { close(failed) })
	c.written.Store(&err)
}

// broken is a client whose connection to a server, raw or not, can be broken.
func broken(t *testing.T) (n *network, client *p2p.Endpoint, dialled <-chan *breakingConn) {
	b := breaking{memory.New(), make(chan *breakingConn, 10)}
	n = newNetwork(t, b)
	return n, n.run("client"), b.conns
}

func TestErrorsWrapWhyTheConnectionEnded(t *testing.T) {
	for name, errs := range map[string]struct{ read, written error }{
		"read":             {errTold, syscall.EPIPE},
		"written":          {net.ErrClosed, errTold},
		"written and read": {errTold, errTold},
	} {
		t.Run(name, func(t *testing.T) {
			n, client, dialled := broken(t)
			server := n.serve("server")
			pings := stream[Ping](t, server)
			n.connect(client, "server")
			asking := stream[Ping](t, client)
			known(t, client)
			known(t, server)
			conn := <-dialled
			want, err := lahja.TypeOf[Pong]()
			check(t, err)
			answers, err := client.Request(limited(t), Ping{}, want, lahja.BroadcastConfig{FilterEndpoints: []string{"server"}})
			check(t, err)
			defer answers.Close()
			next(t, pings)
			asked, err := server.Request(limited(t), Ping{}, want, lahja.BroadcastConfig{FilterEndpoints: []string{"client"}})
			check(t, err)
			defer asked.Close()
			ping := next(t, asking)
			synced := make(chan error, 1)
			_, err = lahja.Subscribe(server, func(ctx context.Context, _ lahja.Event[Tick]) error { <-ctx.Done(); return nil })
			check(t, err)
			known(t, server)
			check(t, lahja.Broadcast(limited(t), client, Tick{}))
			go func() { synced <- client.Sync(limited(t), "server") }()
			for ctx := limited(t); p2p.PendingSyncs(server, "client") == 0; { // It asks before the connection breaks.
				check(t, ctx.Err())
				time.Sleep(time.Millisecond)
			}
			failed := make(chan struct{})
			conn.breakWrites(errs.written, failed)
			_ = lahja.Broadcast(limited(t), client, Tick{}) // It notices that.
			<-failed
			conn.breakNow(errs.read, errs.written)
			_, err = answers.Next(limited(t))
			wrapsTold(t, "request", err)
			check(t, lahja.WaitUntilDisconnectedFrom(limited(t), client, "server"))
			wrapsTold(t, "sync", <-synced)
			wrapsTold(t, "sync later", client.Sync(limited(t), "server"))
			wrapsTold(t, "answer", ping.Respond(limited(t), Pong{}))
		})
	}
}

func wrapsTold(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, lahja.ErrRemoteDisconnected) || !errors.Is(err, errTold) || !strings.Contains(err.Error(), errTold.Error()) {
		t.Errorf("%s: got %v, want remote disconnected for %q", what, err, errTold)
	}
}

func TestShutdownSaysWhyEventsWereNotSent(t *testing.T) {
	n, client, dialled := broken(t)
	server := n.serve("server")
	stream[Blob](t, server)
	n.connect(client, "server")
	conn := <-dialled
	hold := make(chan struct{})
	conn.hold.Store(&hold)
	check(t, lahja.Broadcast(limited(t), client, Blob{make([]byte, 1<<20)}))
	ended := make(chan error, 1)
	go func() { ended <- client.Shutdown(limited(t)) }()
	check(t, lahja.WaitUntilDisconnectedFrom(limited(t), client, "server")) // it has said goodbye
	conn.breakNow(errTold, errTold)
	close(hold)
	wrapsTold(t, "shutdown", <-ended)
}

// What the other side says before it hangs up is read, though nothing can be written any more.
func TestRefusalIsReadBehindAFailedWrite(t *testing.T) {
	n, client, dialled := broken(t)
	asked, failed := make(chan struct{}), make(chan struct{})
	l := n.listen(func(r *raw) {
		r.expect(wire.Hello)
		r.send(helloOf("server", 5).Append(nil))
		r.send(wire.SubscriptionsMsg{Number: 1, Types: subscribes(nameOf[Tick](t), 0)}.Append(nil))
		for {
			kind, body := r.next()
			if kind == wire.Subscriptions {
				m, err := wire.ParseSubscriptions(body)
				check(t, err)
				r.send(wire.NumberMsg{Number: m.Number}.Append(nil, wire.SubscriptionsAck))
			}
			if kind == wire.Ready {
				break
			}
		}
		r.send(wire.ReadyMsg{}.Append(nil))
		r.expect(wire.Sync)
		close(asked)
		<-failed
		r.send(wire.RefuseMsg{Code: wire.RefuseLimit, Reason: "enough of you"}.Append(nil))
	})
	defer l.Close()
	n.connect(client, "server")
	conn := <-dialled
	synced := make(chan error, 1)
	go func() { synced <- client.Sync(limited(t), "server") }()
	<-asked
	conn.breakWrites(syscall.EPIPE, failed)
	check(t, lahja.Broadcast(limited(t), client, Tick{}))
	if err := <-synced; !errors.Is(err, lahja.ErrConnectionAttemptRejected) || !strings.Contains(err.Error(), "enough of you") {
		t.Errorf("got %v, want what the other side refused for", err)
	}
}

func TestReasonsOfTheLatestEndsAreKept(t *testing.T) {
	ep, err := p2p.New("a", nil)
	check(t, err)
	own := p2p.CoreOf(ep)
	check(t, own.Start())
	defer own.Close()
	for i := range 200 {
		r := own.AddPeer(core.RemoteConfig{Name: fmt.Sprint(i), Instance: uint64(i + 1)})
		r.Leave(errors.New("goodbye"))
		r.Remove(fmt.Errorf("%w %d", errTold, i))
	}
	for i, want := range map[int]string{199: "message too big 199", 72: "message too big 72", 71: "<nil>"} {
		if got := fmt.Sprint(own.WhyEnded(fmt.Sprint(i))); got != want {
			t.Errorf("%d: got %q, want %q", i, got, want)
		}
	}
}

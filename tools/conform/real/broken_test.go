package real_test

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/tools/conform"
	"github.com/lahja/go-lahja/tools/conform/real"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// defects are what authors of transports do wrong, and the scenarios that are to say so first.
var defects = []struct {
	name, scenario string
	changed        changed
}{
	{"keeps what it writes", "transport/write-keeps-nothing", changed{conn: keepsBuffers}},
	{"close drops the tail", "transport/close-delivers", changed{conn: dropsTail}},
	{"accept waits for the first byte", "transport/silent-connection-delays-nobody", changed{listener: func(l net.Listener) net.Listener { return waitsInAccept{l} }}},
}

func TestBrokenVariantsFail(t *testing.T) {
	proxied := changed{Transport: tcp.Transport{}, conn: newEndsQuiet}
	impatient := real.QUICConfig()
	impatient.KeepAlivePeriod, impatient.MaxIdleTimeout = 0, quiet
	for _, b := range []struct{ good, idle *transports.Backend }{
		{yamuxBackend(tcp.Transport{}), yamuxBackend(proxied)},
		{webSocketBackend(tcp.Transport{}), webSocketBackend(proxied)},
		{sshBackend(tcp.Transport{}), sshBackend(proxied)},
		{quicBackend(real.QUICConfig()), quicBackend(impatient)},
	} {
		t.Run(b.good.BackendName, func(t *testing.T) {
			t.Run("no keep-alive", func(t *testing.T) { failsFirst(t, b.idle, "connect/idle-lasts") })
			for _, d := range defects {
				t.Run(d.name, func(t *testing.T) { failsFirst(t, d.changed.in(b.good), d.scenario) })
			}
		})
	}
}

// failsFirst runs scenarios until one fails, and checks which that is. The basic ones come
// first, as in conform.Test, and then those for which nothing takes as long as waiting.
func failsFirst(t *testing.T, b engine.Backend, want string) {
	t.Parallel()
	r := conform.Suite{}.RunSettings()
	r.Engine = engine.OnGoroutines(b)
	all := conform.Suite{}.Runner().Scenarios
	slices.SortStableFunc(all, func(a, b drivers.Scenario) int { return cmp.Compare(when(a), when(b)) })
	for _, s := range all {
		report := r.Run(t.Context(), s)
		if report.Verdict != runner.Failed {
			continue
		}
		t.Log(report)
		if report.Scenario != want {
			t.Errorf("%s failed first, and not %s", report.Scenario, want)
		}
		return
	}
	t.Error("no scenario failed")
}

func when(s drivers.Scenario) int {
	switch {
	case strings.HasPrefix(s.Name, "transport/"):
		return 0
	case s.Rests != "":
		return 1
	}
	return 2
}

// changed is a transport with other connections or listeners.
type changed struct {
	p2p.Transport
	conn     func(net.Conn) net.Conn
	listener func(net.Listener) net.Listener
}

// in is the backend with its transport changed.
func (c changed) in(good *transports.Backend) *transports.Backend {
	b := *good
	if inner := b.New; inner != nil {
		b.New = func() p2p.Transport { return c.around(inner()) }
	}
	if inner := b.NewPrepared; inner != nil {
		b.NewPrepared = func(params map[string]string) (p2p.Transport, error) {
			t, err := inner(params)
			return c.around(t), err
		}
	}
	return &b
}

func (c changed) around(t p2p.Transport) p2p.Transport {
	c.Transport = t
	return &c
}

func (c changed) Dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := c.Transport.Dial(ctx, address)
	if err != nil || c.conn == nil {
		return conn, err
	}
	return c.conn(conn), nil
}

func (c changed) Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := c.Transport.Listen(ctx, address)
	if err != nil {
		return nil, err
	}
	if c.listener != nil {
		l = c.listener(l)
	}
	return changedListener{l, c}, nil
}

func (c changed) Close() error {
	if closer, ok := c.Transport.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

type changedListener struct {
	net.Listener
	changed changed
}

func (l changedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil || l.changed.conn == nil {
		return conn, err
	}
	return l.changed.conn(conn), nil
}

// endsQuiet is a connection over something that ends connections on which nothing passes for
// a while, such as a proxy.
type endsQuiet struct {
	net.Conn
	end *time.Timer
}

const quiet = 3 * time.Second

func newEndsQuiet(conn net.Conn) net.Conn {
	return &endsQuiet{conn, time.AfterFunc(quiet, func() { _ = conn.Close() })} // It may be closed.
}

func (c *endsQuiet) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.end.Reset(quiet)
	return n, err
}

func (c *endsQuiet) Write(b []byte) (int, error) {
	c.end.Reset(quiet)
	return c.Conn.Write(b)
}

func (c *endsQuiet) Close() error {
	c.end.Stop()
	return c.Conn.Close()
}

// behind is a connection that writes behind its caller's back.
type behind struct {
	net.Conn
	copies bool // it does not keep what it is given
	drops  bool // Close forgets what has not been written

	mu      sync.Mutex
	waiting [][]byte
	closed  bool
	some    sync.Cond
	written chan struct{} // closed when no more will be
	err     error
}

func keepsBuffers(conn net.Conn) net.Conn { return newBehind(&behind{Conn: conn}) }
func dropsTail(conn net.Conn) net.Conn {
	return newBehind(&behind{Conn: conn, copies: true, drops: true})
}

func newBehind(c *behind) net.Conn {
	c.some.L = &c.mu
	c.written = make(chan struct{})
	go c.write()
	return c
}

func (c *behind) write() {
	defer close(c.written)
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for len(c.waiting) == 0 {
			if c.closed {
				return
			}
			c.some.Wait()
		}
		b := c.waiting[0]
		c.mu.Unlock()
		time.Sleep(time.Millisecond) // What it writes with is slow.
		_, err := c.Conn.Write(b)
		c.mu.Lock()
		if err != nil {
			c.err = err
			return
		}
		if len(c.waiting) > 0 { // Close may have emptied it.
			c.waiting = c.waiting[1:]
		}
		c.some.Broadcast()
	}
}

func (c *behind) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.waiting) > 16 && c.err == nil && !c.closed {
		c.some.Wait()
	}
	if c.closed {
		return 0, net.ErrClosed
	}
	if c.err != nil {
		return 0, c.err
	}
	if c.copies {
		b = bytes.Clone(b)
	}
	c.waiting = append(c.waiting, b)
	c.some.Broadcast()
	return len(b), nil
}

func (c *behind) Close() error {
	c.mu.Lock()
	c.closed = true
	if c.drops {
		c.waiting = nil
	}
	c.some.Broadcast()
	c.mu.Unlock()
	if !c.drops {
		defer time.AfterFunc(time.Second/2, func() { _ = c.Conn.Close() }).Stop()
		<-c.written
	}
	return c.Conn.Close()
}

// waitsInAccept is a listener that accepts a connection when something has come on it.
type waitsInAccept struct{ net.Listener }

func (l waitsInAccept) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	first := make([]byte, 1)
	n, err := conn.Read(first)
	return &peeked{Conn: conn, first: first[:n], err: err}, nil
}

type peeked struct {
	net.Conn
	first []byte
	err   error
}

func (c *peeked) Read(b []byte) (int, error) {
	if len(c.first) > 0 {
		n := copy(b, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	if c.err != nil {
		return 0, c.err
	}
	return c.Conn.Read(b)
}

package saboteurs

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// bytewiseConn reads one byte at a time.
type bytewiseConn struct{ net.Conn }

func (c bytewiseConn) Read(b []byte) (int, error) { return c.Conn.Read(b[:min(1, len(b))]) }

// eagerConn looks for the end after the data that it has read, and returns both together.
type eagerConn struct {
	net.Conn

	mu       sync.Mutex // It may be held for up to lookAhead.
	deadline time.Time
	ahead    []byte // read, and not returned yet
	end      error
}

// lookAhead is how long it waits for an end.
const lookAhead = 100 * time.Microsecond

func newEagerConn(conn net.Conn) net.Conn { return &eagerConn{Conn: conn} }

// Read is called by one goroutine at a time.
func (c *eagerConn) Read(b []byte) (int, error) {
	if c.end != nil && len(c.ahead) == 0 {
		return 0, c.end
	}
	n := copy(b, c.ahead)
	c.ahead = c.ahead[n:]
	if n == 0 {
		var err error
		if n, err = c.Conn.Read(b); err != nil || n == 0 {
			return n, err
		}
	}
	if len(c.ahead) == 0 && n < len(b) {
		c.look() // There is no more data yet, so this may be the end.
	}
	if len(c.ahead) > 0 {
		return n, nil
	}
	return n, c.end
}

// look reads ahead.
func (c *eagerConn) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Conn.SetReadDeadline(time.Now().Add(lookAhead)) != nil {
		return // The next read reports why.
	}
	next := make([]byte, 16<<10)
	n, err := c.Conn.Read(next)
	c.ahead = next[:n]
	if errors.Is(err, io.EOF) {
		c.end = err
	}
	_ = c.Conn.SetReadDeadline(c.deadline) // If the connection is closed by now, the next read reports it.
}

func (c *eagerConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	return c.Conn.SetReadDeadline(t)
}

// pausingConn waits before every write, and before it closes. Meanwhile it stays open.
type pausingConn struct {
	net.Conn
	write, close time.Duration
}

// pausing makes connections that wait for the given times before a write and before they close.
func pausing(write, close time.Duration) func(net.Conn) net.Conn {
	return func(conn net.Conn) net.Conn { return pausingConn{conn, write, close} }
}

func (c pausingConn) Write(b []byte) (int, error) {
	time.Sleep(c.write) // The delay is the purpose.
	return c.Conn.Write(b)
}

func (c pausingConn) Close() error {
	time.Sleep(c.close) // The delay is the purpose.
	return c.Conn.Close()
}

// delaying makes a TCP connection wait for acknowledgements (Nagle's algorithm).
func delaying(conn net.Conn) net.Conn {
	for bare := conn; ; {
		switch own := bare.(type) {
		case *net.TCPConn:
			_ = own.SetNoDelay(false) // A closed connection delays nothing.
			return conn
		case interface{ BareConn() net.Conn }:
			bare = own.BareConn()
		default:
			return conn
		}
	}
}

// pipeNetwork carries connections of net.Pipe.
type pipeNetwork struct {
	mu        sync.Mutex
	listeners map[string]*pipeListener
}

func newPipeNetwork() *pipeNetwork { return &pipeNetwork{listeners: map[string]*pipeListener{}} }

func (n *pipeNetwork) Dial(ctx context.Context, address string) (net.Conn, error) {
	n.mu.Lock()
	l := n.listeners[address]
	n.mu.Unlock()
	if l == nil {
		return nil, &net.OpError{Op: "dial", Net: "pipe", Addr: pipeAddr(address), Err: os.ErrNotExist}
	}
	here, there := net.Pipe()
	select {
	case l.queue <- there:
		return here, nil
	case <-l.done:
		return nil, &net.OpError{Op: "dial", Net: "pipe", Addr: l.Addr(), Err: net.ErrClosed}
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (n *pipeNetwork) Listen(_ context.Context, address string) (net.Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners[address] != nil {
		return nil, &net.OpError{Op: "listen", Net: "pipe", Addr: pipeAddr(address), Err: os.ErrExist}
	}
	l := &pipeListener{network: n, address: pipeAddr(address), queue: make(chan net.Conn), done: make(chan struct{})}
	n.listeners[address] = l
	return l, nil
}

type pipeListener struct {
	network *pipeNetwork
	address pipeAddr
	queue   chan net.Conn
	once    sync.Once
	done    chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.queue:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() {
		l.network.mu.Lock()
		defer l.network.mu.Unlock()
		delete(l.network.listeners, string(l.address))
		close(l.done)
	})
	return nil
}

func (l *pipeListener) Addr() net.Addr { return l.address }

type pipeAddr string

func (pipeAddr) Network() string  { return "pipe" }
func (a pipeAddr) String() string { return string(a) }

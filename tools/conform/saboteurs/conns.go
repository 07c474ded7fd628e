package saboteurs

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/lahja/go-lahja/lahja/p2p"
)

// changed is a transport that wraps each connection.
type changed struct {
	p2p.Transport
	change func(net.Conn) net.Conn
}

func (t changed) Dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := t.Transport.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	return t.change(conn), nil
}

func (t changed) Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := t.Transport.Listen(ctx, address)
	if err != nil {
		return nil, err
	}
	return changedListener{l, t}, nil
}

type changedListener struct {
	net.Listener
	transport changed
}

func (l changedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.transport.change(conn), nil
}

// deafConn reports late, or never, that the other side has gone.
type deafConn struct {
	net.Conn
	by     time.Duration // the delay, or 0 for never
	once   sync.Once
	closed chan struct{}
}

// deaf returns a wrapper that makes connections deaf.
func deaf(by time.Duration) func(net.Conn) net.Conn {
	return func(conn net.Conn) net.Conn { return &deafConn{Conn: conn, by: by, closed: make(chan struct{})} }
}

func (c *deafConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err == nil || n > 0 {
		return n, nil
	}
	var heard <-chan time.Time
	if c.by > 0 {
		heard = time.After(c.by)
	}
	select {
	case <-heard:
		return 0, err
	case <-c.closed:
		return 0, net.ErrClosed
	}
}

func (c *deafConn) Write(b []byte) (int, error) {
	_, _ = c.Conn.Write(b)
	return len(b), nil
}

func (c *deafConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// lockedConn writes under a lock that it shares with other connections.
type lockedConn struct {
	net.Conn
	lock *sync.Mutex
}

func (c lockedConn) Write(b []byte) (int, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.Conn.Write(b)
}

// fragmentingConn writes one byte at a time. It writes the rest of long messages in small
// pieces, because millions of writes would take minutes.
type fragmentingConn struct{ net.Conn }

const (
	bytewise = 4 << 10
	// fragment is a prime, so that frames are split at ever different places.
	fragment = 61
)

func (c fragmentingConn) Write(b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		size := 1
		if n >= bytewise {
			size = min(fragment, len(b)-n)
		}
		size, err = c.Conn.Write(b[n : n+size])
		n += size
	}
	return n, err
}

// slowConn waits before it writes a frame of at least a certain size.
type slowConn struct {
	net.Conn
	least   int
	pause   time.Duration
	written splitter
}

// slowly returns a wrapper that makes connections slow.
func slowly(least int, pause time.Duration) func(net.Conn) net.Conn {
	return func(conn net.Conn) net.Conn { return &slowConn{Conn: conn, least: least, pause: pause} }
}

func (c *slowConn) Write(b []byte) (int, error) {
	var failed error
	rest := c.written.pass(b, func(f frame) []frame {
		if failed != nil {
			return nil
		}
		if len(f.body) >= c.least {
			time.Sleep(c.pause) // The delay is the purpose.
		}
		_, failed = c.Conn.Write(f.append(nil))
		return nil
	})
	if failed == nil && len(rest) > 0 { // from a connection that does not speak the protocol
		_, failed = c.Conn.Write(rest)
	}
	if failed != nil {
		return 0, failed
	}
	return len(b), nil
}

// impatientConn ends when a write waits too long.
type impatientConn struct {
	net.Conn
	patience time.Duration
}

// impatiently returns a wrapper that makes connections impatient.
func impatiently(patience time.Duration) func(net.Conn) net.Conn {
	return func(conn net.Conn) net.Conn { return impatientConn{conn, patience} }
}

func (c impatientConn) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.patience)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

package saboteurs

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// changed is a transport whose connections are each in a wrapper.
type changed struct {
	lahja.Transport
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

// deafConn tells late that the other side has gone, or never.
type deafConn struct {
	net.Conn
	by     time.Duration // how late, or 0 for never
	once   sync.Once
	closed chan struct{}
}

// deaf makes deaf connections.
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

// lockedConn writes under a lock that is not its own.
type lockedConn struct {
	net.Conn
	lock *sync.Mutex
}

func (c lockedConn) Write(b []byte) (int, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.Conn.Write(b)
}

// fragmentingConn writes one byte at a time, and of what is longer than most messages the
// rest in small pieces: millions of writes would take minutes.
type fragmentingConn struct{ net.Conn }

const (
	bytewise = 4 << 10
	// fragment is a prime, so that frames come apart at ever other places.
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

// slowConn takes its time with every frame of at least so many bytes, and writes
// each when its time has passed.
type slowConn struct {
	net.Conn
	least   int
	pause   time.Duration
	written splitter
}

// slowly makes slow connections.
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
			time.Sleep(c.pause) // This is what slow means.
		}
		_, failed = c.Conn.Write(f.append(nil))
		return nil
	})
	if failed == nil && len(rest) > 0 { // of a stranger, who speaks in no frames
		_, failed = c.Conn.Write(rest)
	}
	if failed != nil {
		return 0, failed
	}
	return len(b), nil
}

// impatientConn ends when a write has to wait for so long.
type impatientConn struct {
	net.Conn
	patience time.Duration
}

// impatiently makes impatient connections.
func impatiently(patience time.Duration) func(net.Conn) net.Conn {
	return func(conn net.Conn) net.Conn { return impatientConn{conn, patience} }
}

func (c impatientConn) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.patience)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

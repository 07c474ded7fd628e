package saboteurs

import (
	"net"
	"sync"
	"time"
)

// mortal makes connections that end some time after they were made or, with idles, after their
// last data.
func mortal(after time.Duration, idles bool) func(net.Conn) net.Conn {
	return func(conn net.Conn) net.Conn {
		c := &mortalConn{Conn: conn, after: after, end: time.AfterFunc(after, func() { _ = conn.Close() })}
		c.lived = func() { c.restart(idles) }
		c.said = c.lived
		return c
	}
}

// unheard makes connections that end some time after a write, unless something is read before.
func unheard(after time.Duration) func(net.Conn) net.Conn {
	return func(conn net.Conn) net.Conn {
		c := &mortalConn{Conn: conn, after: after, end: time.AfterFunc(time.Hour, func() { _ = conn.Close() })}
		waits := false
		c.lived = func() { c.end.Stop(); waits = false }
		c.said = func() {
			if !waits {
				waits = true
				c.end.Reset(after)
			}
		}
		return c
	}
}

type mortalConn struct {
	net.Conn
	after time.Duration

	mu  sync.Mutex
	end *time.Timer
	// lived is called after a read, and said after a write, both with the lock held.
	lived, said func()
}

func (c *mortalConn) restart(lives bool) {
	if lives && c.end.Stop() {
		c.end.Reset(c.after)
	}
}

func (c *mortalConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.lived()
	}
	return n, err
}

func (c *mortalConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.said()
	}
	return n, err
}

func (c *mortalConn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end.Stop()
	c.lived, c.said = func() {}, func() {}
	return c.Conn.Close()
}

package saboteurs

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/lahja/go-lahja/lahja/p2p"
)

// link is the latency and the bandwidth of a connection.
type link struct {
	latency time.Duration // each way
	rate    int           // bytes per second; 0 means no limit
}

// linked is a transport with such connections.
type linked struct {
	p2p.Transport
	link
}

func (t linked) Dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := t.Transport.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(2 * t.latency) // there and back
	defer timer.Stop()
	select {
	case <-timer.C:
		return newLinkConn(conn, t.link), nil
	case <-ctx.Done():
		return nil, errors.Join(context.Cause(ctx), conn.Close())
	}
}

func (t linked) Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := t.Transport.Listen(ctx, address)
	if err != nil {
		return nil, err
	}
	change := func(conn net.Conn) net.Conn { return newLinkConn(conn, t.link) }
	return changedListener{l, changed{change: change}}, nil
}

const (
	// underWay is how many bytes may be in flight before a write waits.
	underWay = 512 << 10
	// parcelSize is how many bytes arrive at once.
	parcelSize = 16 << 10
	// lastWrites bounds how long data keeps arriving after Close if nobody reads it.
	lastWrites = 500 * time.Millisecond
)

// linkConn carries written data to the other side on a goroutine, which ends soon after Close.
type linkConn struct {
	net.Conn
	link

	mu      sync.Mutex
	changed sync.Cond
	queue   []parcel
	bytes   int
	idle    time.Time // when the link will have sent all that was written
	closed  bool
	failed  error
}

// parcel is data in flight.
type parcel struct {
	bytes []byte
	due   time.Time
}

func newLinkConn(conn net.Conn, l link) net.Conn {
	c := &linkConn{Conn: conn, link: l}
	c.changed.L = &c.mu
	go c.carry()
	return c
}

func (c *linkConn) Write(b []byte) (n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for n < len(b) {
		for c.bytes >= underWay && !c.closed && c.failed == nil {
			c.changed.Wait()
		}
		switch {
		case c.closed:
			return n, net.ErrClosed
		case c.failed != nil:
			return n, c.failed
		}
		size := min(parcelSize, len(b)-n)
		c.queue = append(c.queue, parcel{append([]byte(nil), b[n:n+size]...), c.dueAfter(size)})
		c.bytes += size
		n += size
		c.changed.Broadcast()
	}
	return n, nil
}

// dueAfter returns when that many more bytes arrive.
func (c *linkConn) dueAfter(size int) time.Time {
	now := time.Now()
	if c.idle.Before(now) {
		c.idle = now
	}
	if c.rate > 0 {
		c.idle = c.idle.Add(time.Duration(size) * time.Second / time.Duration(c.rate))
	}
	return c.idle.Add(c.latency)
}

// carry writes parcels when they are due, until the connection is closed and all have arrived.
// Then it closes the inner connection.
func (c *linkConn) carry() {
	for {
		p, ok := c.next()
		if !ok {
			break
		}
		time.Sleep(time.Until(p.due)) // The latency is the purpose.
		_, err := c.Conn.Write(p.bytes)
		c.arrived(len(p.bytes), err)
	}
	time.Sleep(c.latency)
	_ = c.Conn.Close() // The caller's Close has already returned.
}

// next waits for the next parcel. It reports false after the last one.
func (c *linkConn) next() (p parcel, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) == 0 && !c.closed {
		c.changed.Wait()
	}
	if len(c.queue) == 0 {
		return parcel{}, false
	}
	p, c.queue = c.queue[0], c.queue[1:]
	return p, true
}

func (c *linkConn) arrived(size int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bytes -= size
	if err != nil {
		c.failed, c.queue = err, nil
	}
	c.changed.Broadcast()
}

func (c *linkConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.isClosed() {
		return 0, net.ErrClosed
	}
	return n, err
}

func (c *linkConn) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// Close returns at once. Written data still arrives.
func (c *linkConn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	c.closed = true
	c.changed.Broadcast()
	last := time.Now()
	if n := len(c.queue); n > 0 {
		last = c.queue[n-1].due
	}
	if err := c.Conn.SetWriteDeadline(last.Add(lastWrites)); err != nil {
		return err
	}
	return c.Conn.SetReadDeadline(time.Unix(1, 0)) // This ends a waiting read.
}

// SetReadDeadline fails after Close, which sets its own deadline.
func (c *linkConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	return c.Conn.SetReadDeadline(t)
}

package saboteurs

import (
	"context"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/lahja/p2p"
)

// queuedConn writes on a goroutine, which ends with the connection.
type queuedConn struct {
	net.Conn
	queue  chan []byte
	once   sync.Once
	closed chan struct{}
	// drops says that it drops data for which there is no room. Otherwise it waits, and keeps
	// the caller's memory.
	drops bool
}

const queuedPiece = 16 << 10

// queued makes connections with room for a number of writes.
func queued(room int, drops bool) func(net.Conn) net.Conn {
	return func(conn net.Conn) net.Conn {
		c := &queuedConn{Conn: conn, queue: make(chan []byte, room), closed: make(chan struct{}), drops: drops}
		go c.carry()
		return c
	}
}

func (c *queuedConn) carry() {
	defer c.Conn.Close()
	for {
		select {
		case piece := <-c.queue:
			if !c.drops {
				time.Sleep(100 * time.Microsecond) // By then the caller has reused its memory.
			}
			if _, err := c.Conn.Write(piece); err != nil {
				return
			}
		case <-c.closed:
			if len(c.queue) == 0 {
				return
			}
		}
	}
}

func (c *queuedConn) Write(b []byte) (n int, err error) {
	for n < len(b) {
		piece := b[n:min(len(b), n+queuedPiece)]
		n += len(piece)
		if c.drops {
			select {
			case c.queue <- append([]byte(nil), piece...):
			default: // The other side is slow.
			}
			continue
		}
		select {
		case c.queue <- piece:
		case <-c.closed:
			return n, net.ErrClosed
		}
	}
	return n, nil
}

func (c *queuedConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.SetReadDeadline(time.Unix(1, 0)) // This ends a waiting read.
}

func (c *queuedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	select {
	case <-c.closed:
		return 0, net.ErrClosed
	default:
		return n, err
	}
}

// tornConn loses the end of the last write when it is closed.
type tornConn struct {
	net.Conn
	mu   sync.Mutex
	last []byte
}

// heldBack is how long it delays the last byte.
const heldBack = 20 * time.Millisecond

func torn(conn net.Conn) net.Conn { return &tornConn{Conn: conn} }

// Write delays the last byte of a long write, at most until the next write.
func (c *tornConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.flushLocked(); err != nil {
		return 0, err
	}
	if len(b) < largeField {
		return c.Conn.Write(b)
	}
	n, err := c.Conn.Write(b[:len(b)-1])
	if err != nil {
		return n, err
	}
	c.last = []byte{b[len(b)-1]}
	time.AfterFunc(heldBack, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		_ = c.flushLocked() // If the connection is closed by now, the byte is lost, which is the defect.
	})
	return n + 1, nil
}

func (c *tornConn) flushLocked() error {
	last := c.last
	c.last = nil
	if last == nil {
		return nil
	}
	_, err := c.Conn.Write(last)
	return err
}

// halfClosing closes only one direction until the other side closes.
type halfClosing struct{ net.Conn }

func closeHalf(conn net.Conn) net.Conn { return halfClosing{conn} }

func (c halfClosing) Close() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Conn.Close()
}

// patientConn waits for a write in progress before it closes.
type patientConn struct {
	net.Conn
	writing sync.Mutex
}

func patientlyClosing(conn net.Conn) net.Conn { return &patientConn{Conn: conn} }

func (c *patientConn) Write(b []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.Conn.Write(b)
}

func (c *patientConn) Close() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.Conn.Close()
}

// keepsAddresses is a transport that never gives an address back.
type keepsAddresses struct {
	p2p.Transport
	mu    sync.Mutex
	taken map[string]bool
}

func keepAddresses(t p2p.Transport) p2p.Transport {
	return &keepsAddresses{Transport: t, taken: map[string]bool{}}
}

func (t *keepsAddresses) Listen(ctx context.Context, address string) (net.Listener, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken[address] {
		return nil, fmt.Errorf("listen at %s: %w", address, syscall.EADDRINUSE)
	}
	l, err := t.Transport.Listen(ctx, address)
	t.taken[address] = err == nil
	return l, err
}

// dialsInSilence is a transport that does not report why a dial failed.
type dialsInSilence struct{ p2p.Transport }

func dialInSilence(t p2p.Transport) p2p.Transport { return dialsInSilence{t} }

func (t dialsInSilence) Dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := t.Transport.Dial(ctx, address)
	if err != nil {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return conn, nil
}

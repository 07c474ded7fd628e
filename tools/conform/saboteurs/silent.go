package saboteurs

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"

	"github.com/lahja/go-lahja/lahja/p2p"
)

// hearsFirst accepts a connection after its first byte has arrived.
func hearsFirst(l net.Listener) net.Listener {
	return &waitingListener{Listener: l, wait: func(conn net.Conn) (net.Conn, error) {
		var first [1]byte
		if _, err := io.ReadFull(conn, first[:]); err != nil {
			return nil, err
		}
		return &heardConn{Conn: conn, heard: first[:]}, nil
	}}
}

// heardConn is a connection whose first bytes have already been read.
type heardConn struct {
	net.Conn
	mu    sync.Mutex
	heard []byte
}

func (c *heardConn) Read(b []byte) (int, error) {
	c.mu.Lock()
	n := copy(b, c.heard)
	c.heard = c.heard[n:]
	c.mu.Unlock()
	if n > 0 {
		return n, nil
	}
	return c.Conn.Read(b)
}

// waitingListener waits in Accept for the other side of a connection.
type waitingListener struct {
	net.Listener
	wait func(net.Conn) (net.Conn, error)

	mu     sync.Mutex
	now    net.Conn // the one for which it waits
	closed bool
}

func (l *waitingListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if !l.begin(conn) {
			return nil, errors.Join(net.ErrClosed, conn.Close())
		}
		done, err := l.wait(conn)
		l.begin(nil)
		if err == nil {
			return done, nil
		}
		_ = conn.Close() // It sent nothing useful.
	}
}

// begin notes the connection for which it waits, unless the listener is closed.
func (l *waitingListener) begin(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = conn
	return !l.closed
}

func (l *waitingListener) Close() error {
	l.mu.Lock()
	l.closed = true
	now := l.now
	l.mu.Unlock()
	if now != nil {
		_ = now.Close()
	}
	return l.Listener.Close()
}

// greeting is the first message of a connection.
const greeting = "greetings"

// greets is a transport with its own handshake, for which Accept waits.
type greets struct{ p2p.Transport }

func (t greets) Dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := t.Transport.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(conn, greeting); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func (t greets) Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := t.Transport.Listen(ctx, address)
	if err != nil {
		return nil, err
	}
	return &waitingListener{Listener: l, wait: func(conn net.Conn) (net.Conn, error) {
		heard := make([]byte, len(greeting))
		if _, err := io.ReadFull(conn, heard); err != nil {
			return nil, err
		}
		if string(heard) != greeting {
			return nil, errors.New("it did not greet")
		}
		return conn, nil
	}}, nil
}

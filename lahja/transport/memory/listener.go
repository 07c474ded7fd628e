package memory

import (
	"context"
	"fmt"
	"net"
	"sync"
)

// backlog is how many connections wait to be accepted before Dial waits.
const backlog = 128

type listener struct {
	network *Network
	address string
	queue   chan net.Conn
	done    chan struct{}
	close   sync.Once
}

func newListener(n *Network, address string) *listener {
	return &listener{network: n, address: address, queue: make(chan net.Conn, backlog), done: make(chan struct{})}
}

// connect returns neither a connection nor an error if the listener is closed.
func (l *listener) connect(ctx context.Context) (net.Conn, error) {
	client, server := pipe(l.network.buffer(), Addr(l.address))
	select {
	case l.queue <- server:
	case <-l.done:
		return nil, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("memory: the backlog of the listener at %q stays full: %w", l.address, context.Cause(ctx))
	}
	if l.closed() {
		// It may have been queued after Close emptied the queue.
		l.refuse()
		_ = client.Close()
		return nil, nil
	}
	return client, nil
}

// Accept waits for the next connection. Once the listener is closed it fails
// with net.ErrClosed.
func (l *listener) Accept() (net.Conn, error) {
	if !l.closed() {
		select {
		case conn := <-l.queue:
			return conn, nil
		case <-l.done:
		}
	}
	return nil, &net.OpError{Op: "accept", Net: l.Addr().Network(), Addr: l.Addr(), Err: net.ErrClosed}
}

// Close gives the address back and closes the connections that were not
// accepted. Those that were stay.
func (l *listener) Close() error {
	err := error(&net.OpError{Op: "close", Net: l.Addr().Network(), Addr: l.Addr(), Err: net.ErrClosed})
	l.close.Do(func() {
		l.network.remove(l)
		close(l.done)
		l.refuse()
		err = nil
	})
	return err
}

func (l *listener) refuse() {
	for {
		select {
		case conn := <-l.queue:
			_ = conn.Close() // of a memory connection, this cannot fail
		default:
			return
		}
	}
}

func (l *listener) closed() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

func (l *listener) Addr() net.Addr { return Addr(l.address) }

// Addr is the address of a listener and of both ends of its connections.
type Addr string

// Network returns "memory".
func (Addr) Network() string { return "memory" }

func (a Addr) String() string { return string(a) }

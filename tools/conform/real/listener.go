package real

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// handshakeTimeout bounds the handshake of an incoming session.
const handshakeTimeout = 5 * time.Second

// sessionListener accepts sessions.
type sessionListener interface {
	// accept waits for the next session, but not for data from its other side. The function that it
	// returns does that.
	accept() (handshake func(context.Context) (session, error), err error)
	Addr() net.Addr
	Close() error
}

// listener accepts the streams of all incoming sessions.
type listener struct {
	sessionListener
	mux        *mux
	conns      chan net.Conn
	failed     chan error
	open       context.Context
	shut       context.CancelFunc
	handshakes sync.WaitGroup

	mu     sync.Mutex
	closed bool
	served map[session]bool
}

// Listen implements p2p.Transport.
func (m *mux) Listen(ctx context.Context, address string) (net.Listener, error) {
	inner, err := m.listen(ctx, address)
	if err != nil {
		return nil, err
	}
	l := &listener{sessionListener: inner, mux: m, conns: make(chan net.Conn), failed: make(chan error), served: map[session]bool{}}
	l.open, l.shut = context.WithCancel(context.Background())
	go l.acceptSessions()
	return l, nil
}

// Accept implements net.Listener. It waits for no handshake.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case err := <-l.failed:
		return nil, err
	case <-l.open.Done():
		return nil, net.ErrClosed
	}
}

// Close frees the address. Accepted streams stay open.
func (l *listener) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return net.ErrClosed
	}
	l.closed = true
	for s := range l.served {
		go s.refuse() // It may have to wait for room in the session.
	}
	l.mu.Unlock()
	l.shut()
	err := l.sessionListener.Close()
	l.handshakes.Wait() // Close has interrupted them.
	return err
}

func (l *listener) acceptSessions() {
	for {
		handshake, err := l.accept()
		switch {
		case err == nil:
			l.shake(handshake)
		case l.open.Err() != nil || errors.Is(err, net.ErrClosed):
			return
		default: // For example, out of descriptors. The bus waits before it calls again.
			select {
			case l.failed <- err:
			case <-l.open.Done():
			}
		}
	}
}

func (l *listener) shake(handshake func(context.Context) (session, error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		if s, err := handshake(l.open); err == nil {
			_ = s.Close() // Nobody has used it.
		}
		return
	}
	l.handshakes.Go(func() {
		ctx, cancel := context.WithTimeout(l.open, handshakeTimeout)
		defer cancel()
		s, err := handshake(ctx)
		if err != nil {
			return // The other side sees the end of its connection.
		}
		l.mux.add(s)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.served[s] = true
		if l.closed {
			s.refuse()
		}
		go l.serve(s)
	})
}

// serve passes on the streams of a session until it ends.
func (l *listener) serve(s session) {
	defer func() {
		l.mu.Lock()
		delete(l.served, s)
		l.mu.Unlock()
		_ = l.mux.end(s) // It has ended already.
	}()
	for {
		st, err := s.accept()
		if err != nil {
			return
		}
		conn := l.mux.carry(s, st)
		select {
		case l.conns <- conn:
		case <-l.open.Done():
			conn.Close()
		}
	}
}

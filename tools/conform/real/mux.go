package real

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// grace is how long closed connections and sessions may take to deliver what was written.
const grace = time.Second

// session carries streams to and from one other process.
type session interface {
	// open makes a stream. It fails if the other side is gone or no longer listens.
	open() (stream, error)
	// accept waits for a stream that the other side opens. It fails when the session ends.
	accept() (stream, error)
	// refuse stops the other side from opening more streams. Existing streams stay open.
	refuse()
	LocalAddr() net.Addr
	RemoteAddr() net.Addr
	Close() error
}

// mux is a transport over shared sessions. It dials one session for each address, when the
// first connection needs it.
type mux struct {
	// connect dials a session, and listen listens for them.
	connect func(ctx context.Context, address string) (session, error)
	listen  func(ctx context.Context, address string) (sessionListener, error)

	closing sync.Mutex // held by Close, so that a second Close waits too

	mu       sync.Mutex
	dialled  map[string]*dialled
	sessions map[session]bool // also incoming ones
	streams  map[*carried]bool
}

// dialled is the session to an address.
type dialled struct {
	turn chan struct{} // a lock on session
	session
}

// Dial implements p2p.Transport.
func (m *mux) Dial(ctx context.Context, address string) (net.Conn, error) {
	to := m.to(address)
	select {
	case to.turn <- struct{}{}:
		defer func() { <-to.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if to.session != nil {
		conn, err := m.open(ctx, to.session)
		if err == nil || ctx.Err() != nil {
			return conn, err
		}
		to.session = nil // It has ended, or nobody listens there any more. Its streams may continue.
	}
	fresh, err := m.connect(ctx, address)
	if err != nil {
		return nil, err
	}
	m.add(fresh)
	go m.watch(fresh)
	conn, err := m.open(ctx, fresh)
	if err != nil {
		return nil, errors.Join(err, m.end(fresh))
	}
	to.session = fresh
	return conn, nil
}

// watch forgets a dialled session when it ends. Nobody listens on this side of it.
func (m *mux) watch(s session) {
	for {
		st, err := s.accept()
		if err != nil {
			_ = m.end(s) // It has ended already.
			return
		}
		st.abort()
	}
}

// open opens a stream until ctx ends. That may take as long as the other side is paused.
func (m *mux) open(ctx context.Context, s session) (net.Conn, error) {
	type result struct {
		stream
		error
	}
	opened := make(chan result, 1)
	go func() {
		st, err := s.open()
		opened <- result{st, err}
	}()
	select {
	case r := <-opened:
		if r.error != nil {
			return nil, r.error
		}
		return m.carry(s, r.stream), nil
	case <-ctx.Done():
		go func() {
			if r := <-opened; r.error == nil {
				r.abort()
			}
		}()
		return nil, context.Cause(ctx)
	}
}

func (m *mux) to(address string) *dialled {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dialled[address] == nil {
		put(&m.dialled, address, &dialled{turn: make(chan struct{}, 1)})
	}
	return m.dialled[address]
}

func (m *mux) add(s session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	put(&m.sessions, s, true)
}

func (m *mux) end(s session) error {
	m.mu.Lock()
	delete(m.sessions, s)
	m.mu.Unlock()
	return s.Close()
}

func (m *mux) carry(s session, st stream) net.Conn {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := carry(s, st)
	put(&m.streams, c, true)
	go func() {
		<-c.ended
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.streams, c)
	}()
	return c
}

// Close implements io.Closer: the last endpoint that uses the transport ends the sessions. Ending a
// session drops what its streams have not delivered yet, so they first get a moment to deliver it. The
// transport can be used again.
func (m *mux) Close() error {
	m.closing.Lock()
	defer m.closing.Unlock()
	m.mu.Lock()
	streams, sessions := m.streams, m.sessions
	m.streams, m.sessions, m.dialled = nil, nil, nil
	m.mu.Unlock()
	late, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	for c := range streams {
		select {
		case <-c.ended:
		case <-late.Done():
		}
	}
	var failed []error
	for s := range sessions {
		failed = append(failed, s.Close())
	}
	return errors.Join(failed...)
}

func put[K comparable, V any](m *map[K]V, key K, value V) {
	if *m == nil {
		*m = map[K]V{}
	}
	(*m)[key] = value
}

package natsbus

import (
	"errors"
	"fmt"
	"net"

	"github.com/lahja/go-lahja/lahja/internal/ordered"
	"github.com/nats-io/nats.go"
)

// socket wraps the client's dialler, or the server in this process. It keeps the
// connection, because the client holds its lock across writes: if the server stops reading,
// nothing else could end a write.
type socket struct {
	inner nats.CustomDialer
	here  nats.InProcessConnProvider
	// abrupt discards what the server has not taken when a connection is closed. Otherwise the
	// system goes on sending it, and it may arrive after what another connection sends.
	abrupt bool

	mu     ordered.Mutex[ordered.Leaf]
	conn   net.Conn
	failed error // what came of the last attempt to dial, which the client does not always tell
}

// attach is the last of the client's options.
func (s *socket) attach(o *nats.Options) error {
	if s.inner = o.CustomDialer; s.inner == nil {
		s.inner = spreadOf(o)
		o.SkipHostLookup = true // It is done there.
	}
	o.CustomDialer = s
	if o.InProcessServer != nil {
		s.here, o.InProcessServer = o.InProcessServer, s
	}
	return nil
}

// Dial implements nats.CustomDialer.
func (s *socket) Dial(network, address string) (net.Conn, error) {
	return s.hold(s.inner.Dial(network, address))
}

// InProcessConn implements nats.InProcessConnProvider.
func (s *socket) InProcessConn() (net.Conn, error) { return s.hold(s.here.InProcessConn()) }

func (s *socket) hold(conn net.Conn, err error) (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed = err; err != nil {
		return nil, err
	}
	s.conn = conn
	if tcp, ok := conn.(*net.TCPConn); ok && s.abrupt {
		_ = tcp.SetLinger(0) // It may have ended.
	}
	return conn, nil
}

// SkipTLSHandshake returns what the wrapped dialler returns.
func (s *socket) SkipTLSHandshake() bool {
	skip, ok := s.inner.(interface{ SkipTLSHandshake() bool })
	return ok && skip.SkipTLSHandshake()
}

// why adds the error of dialling to an error of the client that does not mention it.
func (s *socket) why(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil || errors.Is(err, s.failed) {
		return err
	}
	return fmt.Errorf("%w: %w", err, s.failed)
}

// interrupt ends whatever waits for the server.
func (s *socket) interrupt() {
	s.mu.Lock()
	conn := s.conn
	s.mu.Unlock()
	if conn != nil {
		conn.Close() // Nobody is left to whom an error would mean anything.
	}
}

package natsbus

import (
	"net"
	"sync"

	"github.com/nats-io/nats.go"
)

// socket is the dialler of the client, around the one that it would have used. It
// keeps hold of the connection: the client holds its lock across writes, so that
// when the server takes nothing any more nothing else can end one.
type socket struct {
	inner nats.CustomDialer

	mu   sync.Mutex
	conn net.Conn
}

// attach is the last of the client's options.
func (s *socket) attach(o *nats.Options) error {
	switch {
	case o.CustomDialer != nil:
		s.inner = o.CustomDialer
	case o.Dialer != nil:
		s.inner = o.Dialer
	default: // as the client makes it
		s.inner = &net.Dialer{Timeout: o.Timeout}
	}
	o.CustomDialer = s
	return nil
}

// Dial implements nats.CustomDialer.
func (s *socket) Dial(network, address string) (net.Conn, error) {
	conn, err := s.inner.Dial(network, address)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = conn
	return conn, nil
}

// SkipTLSHandshake passes on what the dialler around which this is says.
func (s *socket) SkipTLSHandshake() bool {
	skip, ok := s.inner.(interface{ SkipTLSHandshake() bool })
	return ok && skip.SkipTLSHandshake()
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

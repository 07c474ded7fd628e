package natstest

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/lahja/go-lahja/lahja"
)

const (
	// readyWait bounds the start of a server.
	readyWait = 10 * time.Second
	// MaxPayload has room for the largest event of the bus with its envelope and headers.
	MaxPayload = lahja.DefaultMaxPayload + 64<<10
)

// Server is a NATS server of this process.
type Server struct {
	options server.Options
	server  *server.Server
}

// Start starts a server on a free port of the loopback interface. Nil options work. In
// other options, Start fills in an empty Host or MaxPayload, and a Port of 0 means a free
// one.
func Start(options *server.Options) (*Server, error) {
	s := &Server{}
	if options != nil {
		s.options = *options
	}
	s.options.NoSigs, s.options.NoLog = true, true
	if s.options.Host == "" {
		s.options.Host = "127.0.0.1"
	}
	if s.options.Port == 0 {
		s.options.Port = server.RANDOM_PORT
	}
	if s.options.MaxPayload == 0 {
		s.options.MaxPayload = MaxPayload
	}
	if err := s.run(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Server) run() error {
	options := s.options // the server keeps and changes what it is given
	started, err := server.NewServer(&options)
	if err != nil {
		return fmt.Errorf("natstest: %w", err)
	}
	started.Start()
	if !started.ReadyForConnections(readyWait) {
		started.Shutdown()
		started.WaitForShutdown()
		return errors.New("natstest: the server does not accept connections")
	}
	s.server = started
	s.options.Port = started.Addr().(*net.TCPAddr).Port
	return nil
}

// URL returns the URL to which clients connect.
func (s *Server) URL() string { return s.server.ClientURL() }

// NATS returns the server itself, for example to read its counters.
func (s *Server) NATS() *server.Server { return s.server }

// Stop ends the server and its connections. Restart starts it again.
func (s *Server) Stop() {
	s.server.Shutdown()
	s.server.WaitForShutdown()
}

// Restart starts a stopped server again on its previous port.
func (s *Server) Restart() error { return s.run() }

// Close ends the server.
func (s *Server) Close() { s.Stop() }

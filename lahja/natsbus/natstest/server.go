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

// Start starts a server on a free port of the loopback interface. Nil options
// work; of others, a Host and a MaxPayload that are not set are filled in, and a
// Port of 0 is a free one.
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

// URL is where clients find the server.
func (s *Server) URL() string { return s.server.ClientURL() }

// NATS is the server itself, with its counters.
func (s *Server) NATS() *server.Server { return s.server }

// Stop ends the server and its connections. It can be started again with Restart.
func (s *Server) Stop() {
	s.server.Shutdown()
	s.server.WaitForShutdown()
}

// Restart starts a stopped server again, on the port that it had.
func (s *Server) Restart() error { return s.run() }

// Close ends the server.
func (s *Server) Close() { s.Stop() }

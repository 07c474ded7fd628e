package real

import (
	"context"
	"io"
	"math"
	"net"
	"time"

	"github.com/hashicorp/yamux"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// Yamux carries connections as streams of yamux sessions.
type Yamux struct {
	mux
	over p2p.Transport
}

// NewYamux makes a transport with sessions over another transport, and uses its addresses.
func NewYamux(over p2p.Transport) *Yamux {
	y := &Yamux{over: over}
	y.mux.connect, y.mux.listen = y.connect, y.listen
	return y
}

// yamuxConfig lets the transport beneath notice that a machine is gone. yamux's own
// keep-alive and write timeout would end the session of a paused process, for which its
// kernel still answers.
func yamuxConfig() *yamux.Config {
	config := yamux.DefaultConfig()
	config.EnableKeepAlive = false
	config.ConnectionWriteTimeout = math.MaxInt64
	config.StreamOpenTimeout = 0
	config.LogOutput = io.Discard // The bus logs why a connection ends.
	return config
}

func (y *Yamux) connect(ctx context.Context, address string) (session, error) {
	conn, err := y.over.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	s, err := yamux.Client(conn, yamuxConfig())
	return yamuxSession{s}, err
}

func (y *Yamux) listen(ctx context.Context, address string) (sessionListener, error) {
	l, err := y.over.Listen(ctx, address)
	return yamuxListener{l}, err
}

type yamuxListener struct{ net.Listener }

func (l yamuxListener) accept() (func(context.Context) (session, error), error) {
	conn, err := l.Accept()
	if err != nil {
		return nil, err
	}
	return func(context.Context) (session, error) {
		s, err := yamux.Server(conn, yamuxConfig())
		return yamuxSession{s}, err
	}, nil
}

type yamuxSession struct{ *yamux.Session }

func (s yamuxSession) open() (stream, error)   { return asYamux(s.OpenStream()) }
func (s yamuxSession) accept() (stream, error) { return asYamux(s.AcceptStream()) }
func (s yamuxSession) refuse()                 { _ = s.GoAway() } // The session may have ended.

func asYamux(s *yamux.Stream, err error) (stream, error) {
	if err != nil {
		return nil, err
	}
	return yamuxStream{s}, nil
}

// yamuxStream is a stream whose Close ends only writing, as yamux's does.
type yamuxStream struct{ *yamux.Stream }

func (s yamuxStream) CloseWrite() error { return s.Close() }
func (s yamuxStream) abort()            { _ = s.SetDeadline(time.Now()) }

package real

import (
	"context"
	"io"
	"math"
	"net"
	"time"

	"github.com/hashicorp/yamux"

	"github.com/lahja/go-lahja/lahja/transport/tcp"
)

// Yamux carries connections as streams of yamux sessions over TCP. An address is host:port.
type Yamux struct{ mux }

// NewYamux makes a transport whose sessions end when it is closed.
func NewYamux() *Yamux {
	return &Yamux{mux{connect: connectYamux, listen: listenYamux}}
}

// yamuxConfig leaves it to TCP to find out whether the other side's machine has gone, as its
// kernel answers for a process that stands still; yamux's own keep-alive and its write timeout
// would end the session. (They are the reason why yamux alone does not conform.)
func yamuxConfig() *yamux.Config {
	config := yamux.DefaultConfig()
	config.EnableKeepAlive = false
	config.ConnectionWriteTimeout = math.MaxInt64
	config.StreamOpenTimeout = 0
	config.LogOutput = io.Discard // The bus logs what ends a connection.
	return config
}

func connectYamux(ctx context.Context, address string) (session, error) {
	conn, err := tcp.Transport{}.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	s, err := yamux.Client(conn, yamuxConfig())
	return yamuxSession{s}, err
}

func listenYamux(ctx context.Context, address string) (sessionListener, error) {
	l, err := tcp.Transport{}.Listen(ctx, address)
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
func (s yamuxSession) refuse()                 { _ = s.GoAway() } // It may have ended.

func asYamux(s *yamux.Stream, err error) (stream, error) {
	if err != nil {
		return nil, err
	}
	return yamuxStream{s}, nil
}

// yamuxStream is a stream whose Close ends only what it writes, as yamux's does.
type yamuxStream struct{ *yamux.Stream }

func (s yamuxStream) CloseWrite() error { return s.Close() }
func (s yamuxStream) abort()            { _ = s.SetDeadline(time.Now()) }

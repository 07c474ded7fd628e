package real

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
)

const (
	// QUICIdle is the silence after which a session ends. A paused process is silent too, because the
	// process answers keep-alives, not its kernel. So this bounds both how long a process may be paused
	// and how soon its death is noticed.
	QUICIdle = 4 * time.Second

	// QUICDeath is the time in which a session to a dead process ends: an unanswered keep-alive restarts
	// the silence, and a busy machine is a second late.
	QUICDeath = QUICIdle + quicAlive + time.Second

	quicAlive = QUICIdle / 4 // how often a keep-alive is sent

	// quicDial is how long a handshake may take. No packet says that nobody listens.
	quicDial = handshakeTimeout

	quicStreams = 10_000    // connections from one process to another
	quicWindow  = 512 << 10 // window of a stream
)

// QUICConfig keeps quiet sessions alive. A session's window is as large as those of all its streams:
// otherwise a few unread streams would block all others.
func QUICConfig() *quic.Config {
	return &quic.Config{
		KeepAlivePeriod:                quicAlive,
		MaxIdleTimeout:                 QUICIdle,
		MaxIncomingStreams:             quicStreams,
		MaxStreamReceiveWindow:         quicWindow,
		InitialStreamReceiveWindow:     quicWindow,
		MaxConnectionReceiveWindow:     quicStreams * quicWindow,
		InitialConnectionReceiveWindow: quicStreams * quicWindow,
	}
}

// QUIC carries connections as streams of QUIC sessions. An address is host:port, of UDP. The
// connections of a listener stay on its socket, so its port is free again only when the
// transport is closed.
type QUIC struct {
	mux
	tls    *tls.Config
	config *quic.Config

	mu      sync.Mutex
	dialler *quic.Transport   // nil before the first Dial
	sockets []*quic.Transport // all, including the dialler's
}

// NewQUIC makes a transport with certificates for both sides of a connection. The config is
// QUICConfig, or a changed one.
func NewQUIC(certificates *tls.Config, config *quic.Config) *QUIC {
	q := &QUIC{tls: certificates.Clone(), config: config}
	q.tls.NextProtos = []string{"lahja"}
	q.mux.connect, q.mux.listen = q.connect, q.listen
	return q
}

// Close implements io.Closer: it ends the sessions, and then closes the sockets.
func (q *QUIC) Close() error {
	err := q.mux.Close()
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, s := range q.sockets {
		err = errors.Join(err, s.Close(), s.Conn.Close())
	}
	q.dialler, q.sockets = nil, nil
	return err
}

func (q *QUIC) socketLocked(address string) (*quic.Transport, error) {
	conn, err := net.ListenPacket("udp", address)
	if err != nil {
		return nil, err
	}
	s := &quic.Transport{Conn: conn}
	q.sockets = append(q.sockets, s)
	return s, nil
}

// from returns the socket that dials sessions.
func (q *QUIC) from() (_ *quic.Transport, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.dialler == nil {
		q.dialler, err = q.socketLocked(":0")
	}
	return q.dialler, err
}

func (q *QUIC) connect(ctx context.Context, address string) (session, error) {
	to, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, err
	}
	from, err := q.from()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, quicDial)
	defer cancel()
	config := q.tls.Clone()
	config.ServerName, _, _ = net.SplitHostPort(address)
	conn, err := from.Dial(ctx, to, config, q.config)
	if err != nil {
		return nil, err
	}
	return quicSession{conn}, nil
}

func (q *QUIC) listen(_ context.Context, address string) (sessionListener, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	socket, err := q.socketLocked(address)
	if err != nil {
		return nil, err
	}
	l, err := socket.Listen(q.tls, q.config)
	return quicListener{l}, err
}

// quicListener returns sessions after their handshake, which quic-go does by itself.
type quicListener struct{ *quic.Listener }

func (l quicListener) accept() (func(context.Context) (session, error), error) {
	conn, err := l.Accept(context.Background())
	if errors.Is(err, quic.ErrServerClosed) {
		return nil, net.ErrClosed
	}
	return func(context.Context) (session, error) { return quicSession{conn}, nil }, err
}

type quicSession struct{ *quic.Conn }

// open writes a first byte: the other side does not see the stream before that.
func (s quicSession) open() (stream, error) {
	st, err := s.OpenStreamSync(context.Background())
	if err != nil {
		return nil, err
	}
	_, err = st.Write([]byte{0})
	return quicStream{st, st}, err
}

func (s quicSession) accept() (stream, error) {
	st, err := s.AcceptStream(context.Background())
	if err != nil {
		return nil, err
	}
	return quicStream{st, &behindFirst{Reader: st}}, nil
}

func (quicSession) refuse()        {} // QUIC has no message for it. Each stream is closed instead.
func (s quicSession) Close() error { return s.CloseWithError(0, "the transport was closed") }

type quicStream struct {
	*quic.Stream
	from io.Reader
}

func (s quicStream) Read(b []byte) (int, error) { return s.from.Read(b) }
func (s quicStream) CloseWrite() error          { return s.Stream.Close() }

func (s quicStream) abort() {
	s.CancelRead(0)
	s.CancelWrite(0)
}

// behindFirst reads what follows the first byte.
type behindFirst struct {
	io.Reader
	past bool
}

func (r *behindFirst) Read(b []byte) (int, error) {
	if !r.past {
		if _, err := io.ReadFull(r.Reader, make([]byte, 1)); err != nil {
			return 0, err
		}
		r.past = true
	}
	return r.Reader.Read(b)
}

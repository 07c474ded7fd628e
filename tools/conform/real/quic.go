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
	// QUICIdle is after which silence a session ends. A process that is stopped is silent
	// too, as it is the process that answers keep-alives and not its kernel. So this bounds
	// both how long one may stand still and within which time its death is noticed.
	QUICIdle = 4 * time.Second

	// QUICDeath is within which time a session to a process that died ends: a keep-alive that
	// nobody answers begins the silence anew, and a busy machine is a second late.
	QUICDeath = QUICIdle + quicAlive + time.Second

	quicAlive = QUICIdle / 4 // how often a keep-alive is sent

	// quicDial is how long a handshake may take. No packet says that nobody listens.
	quicDial = handshakeTimeout

	quicStreams = 10_000    // as many connections as one process may make to another
	quicWindow  = 512 << 10 // of a stream
)

// QUICConfig keeps sessions alive that are quiet. What a session may have under way is as much
// as all its streams may: otherwise a few that nobody reads would hold up all others.
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
	sockets []*quic.Transport // all, the dialler's too
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

// from is the socket from which sessions are dialled.
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

// quicListener returns sessions that have shaken hands, as quic-go does that by itself.
type quicListener struct{ *quic.Listener }

func (l quicListener) accept() (func(context.Context) (session, error), error) {
	conn, err := l.Accept(context.Background())
	if errors.Is(err, quic.ErrServerClosed) {
		return nil, net.ErrClosed
	}
	return func(context.Context) (session, error) { return quicSession{conn}, nil }, err
}

type quicSession struct{ *quic.Conn }

// open says something on the stream: the other side hears of it no sooner.
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

func (quicSession) refuse()        {} // QUIC has no word for it. Each stream is closed instead.
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

// behindFirst reads what comes behind the first byte.
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

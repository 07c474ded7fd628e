package tcp

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"time"
)

// Defaults of Transport.KeepAlive. They make Bound 4 s: short enough that calls which wait
// for a lost peer fail soon, long enough that a network which loses a packet or two counts
// as alive.
const (
	DefaultIdle     = time.Second
	DefaultInterval = time.Second
	DefaultCount    = 3
)

// Transport is a p2p.Transport over TCP. The zero value works.
type Transport struct {
	// TLS makes connections secure. Nil means plain TCP. It is used to dial and to listen.
	// See Mutual.
	TLS *tls.Config
	// AnyName lets a peer have any name with any certificate that the authorities signed.
	// By default, if TLS asks both sides for certificates (ClientAuth is
	// RequireAndVerifyClientCert, as in Mutual), a peer's certificate must contain its
	// endpoint's name, letter for letter: as a DNS name, a URI, an email address or the
	// common name.
	AnyName bool
	// KeepAlive says how a silent peer is probed. A field that is zero has its default.
	// Enable is ignored: keep-alives are always on. Systems count whole seconds, so times
	// are rounded up. Times beyond 32,767 s and counts beyond 127 are not possible, nor are
	// negative values: Listen and Dial then fail with fs.ErrInvalid.
	KeepAlive net.KeepAliveConfig
}

// Mutual returns a TLS config for both sides of a connection. Each side shows the
// certificate, and accepts only certificates that authorities signed. It requires TLS 1.3.
// A certificate must be valid for its endpoint's name (see Transport.AnyName), and that of
// a listening endpoint also for the host in its address.
func Mutual(certificate tls.Certificate, authorities *x509.CertPool) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{certificate},
		RootCAs:      authorities,
		ClientCAs:    authorities,
		ClientAuth:   tls.RequireAndVerifyClientCert,
		MinVersion:   tls.VersionTLS13,
	}
}

// Bound returns the time within which a lost peer is noticed.
func (t Transport) Bound() time.Duration {
	k := t.keepAlive()
	return k.Idle + time.Duration(k.Count)*k.Interval
}

func (t Transport) keepAlive() net.KeepAliveConfig {
	k := t.KeepAlive
	k.Enable = true
	k.Idle = wholeSeconds(cmp.Or(k.Idle, DefaultIdle))
	k.Interval = wholeSeconds(cmp.Or(k.Interval, DefaultInterval))
	k.Count = cmp.Or(k.Count, DefaultCount)
	return k
}

func wholeSeconds(d time.Duration) time.Duration {
	if part := d % time.Second; part > 0 {
		return d - part + time.Second
	}
	return d
}

// Limits of Linux. Other systems have similar ones.
const (
	maxKeepAlive      = 32767 * time.Second
	maxKeepAliveCount = 127
)

// check refuses a KeepAlive that the system does not accept. Package net would continue
// without it.
func (t Transport) check() error {
	k, problem := t.KeepAlive, ""
	switch {
	case k.Idle < 0 || k.Idle > maxKeepAlive:
		problem = fmt.Sprintf("Idle is %v; want more than 0, up to %v, or 0 for the default of %v", k.Idle, maxKeepAlive, DefaultIdle)
	case k.Interval < 0 || k.Interval > maxKeepAlive:
		problem = fmt.Sprintf("Interval is %v; want more than 0, up to %v, or 0 for the default of %v", k.Interval, maxKeepAlive, DefaultInterval)
	case k.Count < 0 || k.Count > maxKeepAliveCount:
		problem = fmt.Sprintf("Count is %d; want 1 to %d, or 0 for the default of %d", k.Count, maxKeepAliveCount, DefaultCount)
	default:
		return nil
	}
	return fmt.Errorf("tcp.Transport.KeepAlive.%s: %w", problem, fs.ErrInvalid)
}

// Dial implements p2p.Transport. With TLS, the handshake happens at the first write or
// read, so Dial waits for the listener's machine but not for its process. An error of the
// handshake says which side refused whose certificate. If trying again is useless, it wraps
// fs.ErrPermission.
func (t Transport) Dial(ctx context.Context, address string) (net.Conn, error) {
	if err := errors.Join(t.check(), check(address, false)); err != nil {
		return nil, err
	}
	dialer := &net.Dialer{KeepAliveConfig: t.keepAlive()}
	plain, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	conn, err := t.watched(plain)
	if err != nil {
		return nil, errors.Join(err, plain.Close())
	}
	if t.TLS == nil {
		return conn, nil
	}
	config := t.TLS
	if config.ServerName == "" {
		config = config.Clone()
		config.ServerName, _, _ = net.SplitHostPort(address) // check has split it before.
	}
	return t.secured(tls.Client(conn, config), conn), nil
}

// Listen implements p2p.Transport. With TLS, the handshake happens at the first read or
// write of a connection, so Accept never waits for the other side.
func (t Transport) Listen(ctx context.Context, address string) (net.Listener, error) {
	if err := errors.Join(t.check(), check(address, true)); err != nil {
		return nil, err
	}
	config := net.ListenConfig{KeepAliveConfig: t.keepAlive()}
	l, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &listener{l, t}, nil
}

// listener treats accepted connections as Dial treats dialled ones.
type listener struct {
	net.Listener
	transport Transport
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	for {
		plain, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		conn, err := l.transport.watched(plain)
		if err != nil { // It has ended by now.
			_ = plain.Close()
			continue
		}
		if l.transport.TLS != nil {
			conn = l.transport.secured(tls.Server(conn, l.transport.TLS), conn)
		}
		return conn, nil
	}
}

// check refuses an address that can never be dialled or listened at. Port 0 is valid to
// listen at. An unknown host is not refused: it may appear later.
func check(address string, listens bool) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%w: a TCP address is host:port (use port 0 to listen at any port): %w", fs.ErrInvalid, err)
	}
	number, err := net.LookupPort("tcp", port)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %q: a port is a number from 0 to 65535 or the name of a service: %w", fs.ErrInvalid, address, err)
	case number == 0 && !listens:
		return fmt.Errorf("%w: cannot dial %q: the port is 0; use the port at which the endpoint listens (Endpoint.Addr)", fs.ErrInvalid, address)
	}
	return nil
}

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

// Defaults of Transport.KeepAlive, which make Bound 4 s: short enough that what
// waits for a peer fails while somebody still waits for it, long enough that a
// network that lost a packet or two is not taken for one that has gone.
const (
	DefaultIdle     = time.Second
	DefaultInterval = time.Second
	DefaultCount    = 3
)

// Transport is a lahja.Transport over TCP. The zero value works.
type Transport struct {
	// TLS makes connections secure; nil means plain. It serves both sides: what
	// dials and what listens. See Mutual.
	TLS *tls.Config
	// AnyName lets a peer have any name with any certificate that the authorities
	// have signed. Otherwise, where TLS asks for certificates from both sides
	// (ClientAuth is RequireAndVerifyClientCert, as in Mutual), a peer's certificate must
	// have its endpoint's name, letter for letter: as a DNS name, a URI, an email address
	// or the common name.
	AnyName bool
	// KeepAlive says how the silence of a peer is looked into; a field that is
	// zero has its default. Enable is ignored: it is always on. Systems count whole
	// seconds, so that times are rounded up to those. What they do not take (times from
	// 0 to 32,767 s, a count from 0 to 127) has Listen and Dial fail with fs.ErrInvalid.
	KeepAlive net.KeepAliveConfig
}

// Mutual is a TLS config for both sides of a connection, each of which shows the
// certificate and accepts only what authorities have signed. TLS 1.3 is required. A
// certificate must be good for the name of its endpoint (see Transport.AnyName), and that
// of an endpoint that listens also for the host in its address.
func Mutual(certificate tls.Certificate, authorities *x509.CertPool) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{certificate},
		RootCAs:      authorities,
		ClientCAs:    authorities,
		ClientAuth:   tls.RequireAndVerifyClientCert,
		MinVersion:   tls.VersionTLS13,
	}
}

// Bound is within which time a peer that says nothing any more is noticed.
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

// What Linux takes, and others about as much.
const (
	maxKeepAlive      = 32767 * time.Second
	maxKeepAliveCount = 127
)

// check refuses a KeepAlive that the system does not take: package net would go on
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

// Dial implements lahja.Transport. With TLS the handshake happens at the first write or
// read, so that Dial waits for the listener's machine alone and not for its process. Their
// errors say which side refused whose certificate; what waiting does not mend wraps
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

// Listen implements lahja.Transport. With TLS the handshake happens at the first
// read or write of a connection, so that Accept waits for nobody.
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

// listener makes of what it accepts what Dial makes of what it dials.
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

// check refuses an address that nobody can ever dial or listen at. Port 0 is one to
// listen at. That there is no host of the name is nothing of the kind: names appear
// with their hosts.
func check(address string, listens bool) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%w: a TCP address is host:port, port 0 for any to listen at: %w", fs.ErrInvalid, err)
	}
	number, err := net.LookupPort("tcp", port)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %q: a port is a number from 0 to 65535 or the name of a service: %w", fs.ErrInvalid, address, err)
	case number == 0 && !listens:
		return fmt.Errorf("%w: nobody can be dialled at %q: the port is 0; give the one at which the endpoint listens (Endpoint.Addr)", fs.ErrInvalid, address)
	}
	return nil
}

package tcp

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"reflect"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/lahja/go-lahja/internal/brief"
)

// secured is a TLS connection that checks what its peer's certificate is for.
type secured struct {
	*tls.Conn
	under net.Conn
	names bool // the certificate must have the peer's name
	heard atomic.Bool
}

func (t Transport) secured(secure *tls.Conn, under net.Conn) *secured {
	return &secured{Conn: secure, under: under, names: !t.AnyName && t.TLS.ClientAuth == tls.RequireAndVerifyClientCert}
}

// Read implements net.Conn. With TLS 1.3, a dialler learns here if the listener rejects its
// certificate.
func (s *secured) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	if n > 0 {
		s.heard.Store(true)
	}
	return n, s.explained(err)
}

// Write implements net.Conn. The first call waits for the handshake.
func (s *secured) Write(b []byte) (int, error) {
	n, err := s.Conn.Write(b)
	return n, s.explained(err)
}

// explained adds to an error, if the other side has said nothing yet, that it is one of TLS
// and with whom.
func (s *secured) explained(err error) error {
	if err == nil || err == io.EOF || s.heard.Load() || errors.Is(err, net.ErrClosed) {
		return err
	}
	return refused(s.RemoteAddr().String(), err)
}

// Close implements net.Conn. It does not wait for room for its last record.
func (s *secured) Close() error {
	if c, ok := s.under.(interface{ letPass() }); ok {
		c.letPass()
	}
	return s.Conn.Close()
}

// VerifyName returns an error if the peer's certificate is not for an endpoint with that
// name; see p2p.Transport. The handshake must be over.
func (s *secured) VerifyName(name string) error {
	if !s.names {
		return nil
	}
	certificates := s.ConnectionState().PeerCertificates
	if len(certificates) == 0 {
		return errors.New("it has shown no certificate")
	}
	names := namesIn(certificates[0])
	if slices.Contains(names, name) {
		return nil
	}
	return fmt.Errorf("its certificate is for %s, and not for %q; issue one with that name among its DNS names, URIs or email addresses, or as its common name, or let any name do with tcp.Transport.AnyName",
		listed(names), name)
}

// namesIn returns the names of a certificate's owner.
func namesIn(c *x509.Certificate) []string {
	names := slices.Concat(c.DNSNames, c.EmailAddresses)
	for _, uri := range c.URIs {
		names = append(names, uri.String())
	}
	if c.Subject.CommonName != "" {
		names = append(names, c.Subject.CommonName)
	}
	return names
}

// listed joins a few names: a certificate may have thousands, of any length.
func listed(names []string) string {
	if len(names) == 0 {
		return "no name at all"
	}
	return brief.Each(len(names), ", ", func(i int) string { return strconv.Quote(brief.Name(names[i])) })
}

// refused adds the address to err, and marks an error that trying again cannot fix.
func refused(address string, err error) error {
	if forGood(err) {
		return fmt.Errorf("%w: TLS with %s: %w", fs.ErrPermission, address, err)
	}
	return fmt.Errorf("TLS with %s: %w", address, err)
}

// forGood reports whether either side rejects the other's certificate, or something else
// that will be the same next time.
func forGood(err error) bool {
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	return certificate || alertedForGood(err)
}

// Alerts (RFC 8446, 6) after which the other side may decide otherwise next time.
const (
	alertInternalError = 80
	alertUserCanceled  = 90
)

// alertedForGood reports whether the other side sent an alert that it will send again.
// Package tls exports the type of alerts only for QUIC.
func alertedForGood(err error) bool {
	failed, ok := errors.AsType[*net.OpError](err)
	if !ok || failed.Op != "remote error" {
		return false
	}
	alert := reflect.ValueOf(failed.Err)
	if alert.Kind() != reflect.Uint8 {
		return false
	}
	return alert.Uint() != alertInternalError && alert.Uint() != alertUserCanceled
}

package tap

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/lahja/transport/unix"
)

// target is the address to connect to.
type target struct {
	transport p2p.Transport
	address   string
	hint      string // for the error if nobody listens
}

// target parses the address.
func (c *Command) target() (target, error) {
	scheme, rest, found := strings.Cut(c.Address, "://")
	if !found {
		t := target{transport: unix.Transport{}, address: c.Address}
		if _, _, err := net.SplitHostPort(c.Address); err == nil && !strings.Contains(c.Address, "/") {
			t.hint = fmt.Sprintf("; the address was taken as a socket's path; for a host and port, write tcp://%s", c.Address)
		}
		return t, c.noTLS()
	}
	switch scheme {
	case "unix":
		return target{transport: unix.Transport{}, address: rest}, c.noTLS()
	case "tcp":
		return target{transport: tcp.Transport{}, address: rest}, c.noTLS()
	case "tls":
		config, err := c.tls()
		return target{transport: tcp.Transport{TLS: config}, address: rest}, err
	case "nats":
		return target{}, fmt.Errorf("%s: endpoints on NATS cannot be tapped, because nobody connects to them; "+
			"`nats sub` shows what passes the server, and inspect.Endpoint(ep) in the program shows the endpoint's state", c.Address)
	}
	return target{}, fmt.Errorf("%s: unknown kind of address %q; use a socket's path, tcp://host:port or tls://host:port", c.Address, scheme)
}

func (c *Command) noTLS() error {
	if c.TLSCA+c.TLSCert+c.TLSKey+c.TLSName != "" {
		return fmt.Errorf("%s: the flags --tls-… need an address that begins with tls://", c.Address)
	}
	return nil
}

// tls returns the config that the flags set.
func (c *Command) tls() (*tls.Config, error) {
	config := &tls.Config{ServerName: c.TLSName, MinVersion: tls.VersionTLS13}
	if c.TLSCA != "" {
		data, err := os.ReadFile(c.TLSCA)
		if err != nil {
			return nil, fmt.Errorf("--tls-ca: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("--tls-ca %s: the file has no certificate in PEM", c.TLSCA)
		}
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return nil, errors.New("--tls-cert and --tls-key belong together; set both or neither")
	}
	if c.TLSCert != "" {
		certificate, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		if err != nil {
			return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return config, nil
}

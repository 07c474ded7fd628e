package natsbus

import (
	"math/rand/v2"
	"net"
	"time"

	"github.com/nats-io/nats.go"
)

// spread dials as the client does without a custom dialler: it tries all addresses of a
// name, in random order, within one timeout. With a custom dialler the client would instead
// try each address for the whole timeout.
type spread struct {
	dialer net.Dialer
	// lookUp finds the addresses of a name; nil leaves that to the dialler.
	lookUp func(host string) ([]string, error)
	// inOrder has the addresses tried as they are found.
	inOrder bool
}

// spreadOf returns the spread that the client's options ask for.
func spreadOf(o *nats.Options) *spread {
	s := &spread{dialer: net.Dialer{Timeout: o.Timeout}, inOrder: o.NoRandomize}
	if o.Dialer != nil {
		s.dialer = *o.Dialer
	}
	if o.AllowMultipathTCP != nil {
		s.dialer.SetMultipathTCP(*o.AllowMultipathTCP)
	}
	if !o.SkipHostLookup {
		s.lookUp = net.LookupHost
	}
	return s
}

// Dial implements nats.CustomDialer.
func (s *spread) Dial(network, address string) (conn net.Conn, err error) {
	addresses := s.addresses(address)
	dialer := s.dialer
	dialer.Timeout /= time.Duration(len(addresses))
	for _, a := range addresses {
		if conn, err = dialer.Dial(network, a); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// addresses returns the addresses to try, at least one.
func (s *spread) addresses(address string) []string {
	host, port, err := net.SplitHostPort(address)
	if err != nil || s.lookUp == nil || net.ParseIP(host) != nil {
		return []string{address}
	}
	found, err := s.lookUp(host)
	if err != nil || len(found) == 0 {
		return []string{address} // The dialler says what is wrong with it.
	}
	addresses := make([]string, len(found))
	for i, a := range found {
		addresses[i] = net.JoinHostPort(a, port)
	}
	if !s.inOrder {
		rand.Shuffle(len(addresses), func(i, j int) { addresses[i], addresses[j] = addresses[j], addresses[i] })
	}
	return addresses
}

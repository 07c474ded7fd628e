package tcptest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"time"

	"github.com/lahja/go-lahja/lahja/transport/tcp"
)

// validity is how long certificates hold: longer than any test run.
const validity = 24 * time.Hour

// Identity is a certificate with its key, and the authority that signed it, in
// PEM, so that it can be handed to other processes.
type Identity struct{ Authority, Certificate, Key []byte }

// NewIdentity makes an authority of its own and a certificate that it signed, for
// both sides of connections over loopback, and to hosts, which are names or IP
// addresses. Two identities do not accept each other.
func NewIdentity(hosts ...string) (Identity, error) {
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Identity{}, err
	}
	authority := template("lahja test authority")
	authority.IsCA, authority.BasicConstraintsValid, authority.KeyUsage = true, true, x509.KeyUsageCertSign
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Identity{}, err
	}
	leaf := template("lahja test endpoint")
	leaf.SerialNumber = big.NewInt(2)
	leaf.KeyUsage = x509.KeyUsageDigitalSignature
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	leaf.DNSNames, leaf.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, host)
		}
	}

	authorityDER, err := x509.CreateCertificate(rand.Reader, authority, authority, &authorityKey.PublicKey, authorityKey)
	if err != nil {
		return Identity{}, err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, authority, &key.PublicKey, authorityKey)
	if err != nil {
		return Identity{}, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Identity{}, err
	}
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	return Identity{
		Authority:   block("CERTIFICATE", authorityDER),
		Certificate: block("CERTIFICATE", leafDER),
		Key:         block("PRIVATE KEY", keyDER),
	}, nil
}

func template(name string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    now.Add(-time.Hour), // Clocks of other machines may be behind.
		NotAfter:     now.Add(validity),
	}
}

// Config is the TLS config of both sides of a connection.
func (i Identity) Config() (*tls.Config, error) {
	certificate, err := tls.X509KeyPair(i.Certificate, i.Key)
	if err != nil {
		return nil, fmt.Errorf("tcptest: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(i.Authority) {
		return nil, errors.New("tcptest: the authority is no certificate in PEM")
	}
	return tcp.Mutual(certificate, pool), nil
}

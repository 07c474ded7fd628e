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

// Authority signs certificates. It holds its own certificate and its key in PEM, so you can
// pass it to other processes.
type Authority struct{ Certificate, Key []byte }

// Identity is a certificate with its key, and the authority that signed it. All are in PEM,
// so you can pass it to other processes.
type Identity struct{ Authority, Certificate, Key []byte }

// NewAuthority returns a new authority. Identities of different authorities do not accept
// each other.
func NewAuthority() (Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Authority{}, err
	}
	authority := template("lahja test authority")
	authority.IsCA, authority.BasicConstraintsValid, authority.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, &key.PublicKey, key)
	if err != nil {
		return Authority{}, err
	}
	text, err := keyBlock(key)
	return Authority{Certificate: block("CERTIFICATE", der), Key: text}, err
}

// Issue makes a certificate for both sides of connections. It is good for loopback,
// and for names: of endpoints, of hosts, and IP addresses.
func (a Authority) Issue(names ...string) (Identity, error) {
	leaf := template("lahja test endpoint")
	leaf.DNSNames, leaf.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, name)
		}
	}
	return a.Sign(leaf)
}

// Sign makes an identity of a certificate of which the names and the validity are
// filled in.
func (a Authority) Sign(leaf *x509.Certificate) (Identity, error) {
	leaf.SerialNumber = big.NewInt(2)
	leaf.KeyUsage = x509.KeyUsageDigitalSignature
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	signer, err := tls.X509KeyPair(a.Certificate, a.Key)
	if err != nil {
		return Identity{}, fmt.Errorf("tcptest: the authority: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Identity{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, signer.Leaf, &key.PublicKey, signer.PrivateKey)
	if err != nil {
		return Identity{}, fmt.Errorf("tcptest: %w", err)
	}
	text, err := keyBlock(key)
	return Identity{Authority: a.Certificate, Certificate: block("CERTIFICATE", der), Key: text}, err
}

// NewIdentity makes an authority and returns an identity that it signed; see
// Authority.Issue.
func NewIdentity(names ...string) (Identity, error) {
	authority, err := NewAuthority()
	if err != nil {
		return Identity{}, err
	}
	return authority.Issue(names...)
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func keyBlock(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return block("PRIVATE KEY", der), nil
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

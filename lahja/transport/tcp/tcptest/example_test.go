package tcptest_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"

	"github.com/lahja/go-lahja/lahja/transport/tcp/tcptest"
)

// The certificates of a test: one authority, and an identity for each endpoint's name.
func ExampleAuthority_Issue() {
	authority, err := tcptest.NewAuthority()
	if err != nil {
		panic(err)
	}
	identity, err := authority.Issue("server")
	if err != nil {
		panic(err)
	}
	pair, err := tls.X509KeyPair(identity.Certificate, identity.Key)
	if err != nil {
		panic(err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(authority.Certificate)
	_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: trusted, DNSName: "server"})
	fmt.Println("signed by the authority:", err == nil)
	// Output: signed by the authority: true
}

// An identity of nobody's authority, to test that it is refused.
func ExampleNewIdentity() {
	stranger, err := tcptest.NewIdentity("server")
	if err != nil {
		panic(err)
	}
	pair, err := tls.X509KeyPair(stranger.Certificate, stranger.Key)
	if err != nil {
		panic(err)
	}
	_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: x509.NewCertPool()})
	fmt.Println("trusted:", err == nil)
	// Output: trusted: false
}

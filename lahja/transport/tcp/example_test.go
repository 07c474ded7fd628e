package tcp_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/lahja/transport/tcp/tcptest"
)

// noError ends an example that failed.
func noError(err error) {
	if err != nil {
		panic(err)
	}
}

// The system chooses the port. Addr returns its choice.
func ExampleTransport() {
	ctx := context.Background()
	options := &p2p.Options{Transport: tcp.Transport{}}
	server, err := p2p.ServeEndpoint(ctx, lahja.ConnectionConfig{Name: "server", Address: "127.0.0.1:0"}, options)
	noError(err)
	defer server.Close()
	client, err := p2p.RunEndpoint(ctx, "client", options)
	noError(err)
	defer client.Close()
	noError(client.ConnectToEndpoints(ctx, lahja.ConnectionConfig{Name: "server", Address: server.Addr().String()}))
	fmt.Println("connected:", lahja.IsConnectedTo(client, "server"))
	// Output: connected: true
}

// Keep-alives bound the time within which a lost peer is noticed.
func ExampleTransport_Bound() {
	fmt.Println(tcp.Transport{}.Bound())
	patient := tcp.Transport{KeepAlive: net.KeepAliveConfig{Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 4}}
	fmt.Println(patient.Bound())
	// Output:
	// 4s
	// 30s
}

// With TLS, each endpoint shows a certificate for its name. Another name is refused.
func ExampleMutual() {
	ctx := context.Background()
	authority, err := tcptest.NewAuthority()
	noError(err)
	as := func(name string) *p2p.Options {
		identity, err := authority.Issue(name)
		noError(err)
		certificate, err := tls.X509KeyPair(identity.Certificate, identity.Key)
		noError(err)
		authorities := x509.NewCertPool()
		authorities.AppendCertsFromPEM(authority.Certificate)
		return &p2p.Options{Transport: tcp.Transport{TLS: tcp.Mutual(certificate, authorities)}, Logger: slog.New(slog.DiscardHandler)}
	}

	server, err := p2p.ServeEndpoint(ctx, lahja.ConnectionConfig{Name: "server", Address: "127.0.0.1:0"}, as("server"))
	noError(err)
	defer server.Close()
	for _, name := range []string{"client", "somebody"} {
		client, err := p2p.RunEndpoint(ctx, name, as("client"))
		noError(err)
		defer client.Close()
		err = client.ConnectToEndpoints(ctx, lahja.ConnectionConfig{Name: "server", Address: server.Addr().String()})
		fmt.Println(name, "is refused:", errors.Is(err, lahja.ErrConnectionAttemptRejected))
	}
	// Output:
	// client is refused: false
	// somebody is refused: true
}

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
)

// network opens and finds endpoints of one kind.
type network struct {
	serve func(ctx context.Context) (lahja.EndpointAPI, error)
	run   func(ctx context.Context) (lahja.EndpointAPI, error)
	// library is the library's name and address.
	library lahja.ConnectionConfig
}

// overTLS has the library at address, which is host:port. Each machine has three files in
// dir: its endpoint's certificate and key, and the authority that signed all certificates.
// A certificate contains its endpoint's name, so its holder cannot pose as another one.
func overTLS(address, dir string) *network {
	library := lahja.ConnectionConfig{Name: "library", Address: address}
	return &network{
		library: library,
		serve: func(ctx context.Context) (lahja.EndpointAPI, error) {
			options, err := secured(dir, library.Name)
			if err != nil {
				return nil, err
			}
			return p2p.ServeEndpoint(ctx, library, options)
		},
		run: func(ctx context.Context) (lahja.EndpointAPI, error) {
			options, err := secured(dir, "reader")
			if err != nil {
				return nil, err
			}
			return p2p.RunEndpoint(ctx, "reader", options)
		},
	}
}

// secured returns the options of the endpoint with this name.
func secured(dir, name string) (*p2p.Options, error) {
	certificate, err := tls.LoadX509KeyPair(filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key"))
	if err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(filepath.Join(dir, "authority.pem"))
	if err != nil {
		return nil, err
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(authority) {
		return nil, fmt.Errorf("%s holds no certificate in PEM", dir)
	}
	return &p2p.Options{Transport: tcp.Transport{TLS: tcp.Mutual(certificate, authorities)}}, nil
}

// overNATS has both on the server at url. The library is found by its name.
func overNATS(url string) *network {
	options := &natsbus.Options{URL: url, Bus: "books"}
	library := lahja.ConnectionConfig{Name: "library"}
	return &network{
		library: library,
		serve: func(ctx context.Context) (lahja.EndpointAPI, error) {
			return natsbus.ServeEndpoint(ctx, library, options)
		},
		run: func(ctx context.Context) (lahja.EndpointAPI, error) {
			return natsbus.RunEndpoint(ctx, "reader", options)
		},
	}
}

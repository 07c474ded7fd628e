package p2p_test

import (
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/lahja/transport/tcp/tcptest"
)

func TestAddrIsWhatTheSystemChose(t *testing.T) {
	identity, err := tcptest.NewIdentity("server", "client")
	check(t, err)
	config, err := identity.Config()
	check(t, err)
	for name, transport := range map[string]tcp.Transport{"tcp": {}, "tls": {TLS: config}} {
		t.Run(name, func(t *testing.T) {
			options := &p2p.Options{Transport: transport}
			server, err := p2p.ServeEndpoint(t.Context(), lahja.ConnectionConfig{Name: "server", Address: "127.0.0.1:0"}, options)
			check(t, err)
			defer server.Close()
			client, err := p2p.RunEndpoint(t.Context(), "client", options)
			check(t, err)
			defer client.Close()
			if client.Addr() != nil {
				t.Errorf("got address %v of an endpoint that does not listen", client.Addr())
			}
			check(t, client.ConnectToEndpoints(t.Context(), lahja.ConnectionConfig{Name: "server", Address: server.Addr().String()}))
		})
	}
}

package transports

import (
	"context"
	"net"
	"strings"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/lahja/transport/tcp/tcptest"
)

// What processes of a run have in common over TLS.
const (
	paramAuthority = "authority"
	paramKey       = "key"
	paramHosts     = "hosts"
)

func prepareTLS(hosts []string) (map[string]string, error) {
	authority, err := tcptest.NewAuthority()
	if err != nil {
		return nil, err
	}
	return map[string]string{paramAuthority: string(authority.Certificate), paramKey: string(authority.Key),
		paramHosts: strings.Join(hosts, ",")}, nil
}

func openTLS(params map[string]string) (p2p.Transport, error) {
	t := certified{authority: tcptest.Authority{Certificate: []byte(params[paramAuthority]), Key: []byte(params[paramKey])}}
	if hosts := params[paramHosts]; hosts != "" {
		t.hosts = strings.Split(hosts, ",")
	}
	return t, nil
}

// certified is TLS for endpoints each of which has a certificate of its own, which is
// good for all hosts.
type certified struct {
	authority tcptest.Authority
	hosts     []string
}

// As implements engine.Named.
func (t certified) As(endpoint string) (p2p.Transport, error) {
	names := t.hosts
	if lahja.ValidateName(endpoint) == nil { // It is the endpoint that refuses any other.
		names = append([]string{endpoint}, t.hosts...)
	}
	identity, err := t.authority.Issue(names...)
	if err != nil {
		return nil, err
	}
	config, err := identity.Config()
	if err != nil {
		return nil, err
	}
	return ByName{Over: tcp.Transport{TLS: config}}, nil
}

// Dial implements p2p.Transport, for nobody in particular.
func (t certified) Dial(ctx context.Context, name string) (net.Conn, error) {
	nobody, err := t.As("nobody")
	if err != nil {
		return nil, err
	}
	return nobody.Dial(ctx, name)
}

// Listen implements p2p.Transport, for nobody in particular.
func (t certified) Listen(ctx context.Context, name string) (net.Listener, error) {
	nobody, err := t.As("nobody")
	if err != nil {
		return nil, err
	}
	return nobody.Listen(ctx, name)
}

package engine

import (
	"context"
	"math"
	"net"
	"path/filepath"
	"strings"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/transport/memory"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/lahja/transport/tcp/tcptest"
	"github.com/lahja/go-lahja/lahja/transport/unix"
)

// Memory is the backend of endpoints within one process.
func Memory() Backend {
	return OverTransport{
		BackendName: "memory",
		New:         func() lahja.Transport { return memory.New() },
		Has:         []Capability{RawConnections},
		OneProcess:  true,
	}
}

// Unix is the backend of endpoints that connect over Unix sockets in the run's
// private directory.
func Unix() Backend {
	b := OverTransport{
		BackendName: "unix",
		New:         func() lahja.Transport { return unix.Transport{} },
		Address:     func(dir, name string) string { return filepath.Join(dir, name+".ipc") },
		Needs:       []Need{SocketFiles},
	}
	if socketFiles {
		b.Has = []Capability{SocketFiles, PeerCredentials, RawConnections, Takeover}
	}
	return b
}

// UnixUncompressed is Unix whose endpoints send everything as it is. Mixed with
// Unix it shows that what one side compresses the other one understands.
func UnixUncompressed() Backend { return uncompressed(Unix()) }

// TCPUncompressed is TCP whose endpoints send everything as it is.
func TCPUncompressed() Backend { return uncompressed(TCP()) }

// TLSUncompressed is TLS whose endpoints send everything as it is.
func TLSUncompressed() Backend { return uncompressed(TLS()) }

func uncompressed(b Backend) Backend {
	over := b.(OverTransport)
	over.BackendName += "-uncompressed"
	over.Options.CompressAbove = math.MaxInt
	return over
}

// TCP is the backend of endpoints that connect over TCP on this machine.
func TCP() Backend {
	return OverTransport{
		BackendName: "tcp",
		New:         func() lahja.Transport { return PortFiles{Over: tcp.Transport{}} },
		Address:     PortFile,
		Has:         []Capability{RawConnections, Takeover},
		Amounts:     Capabilities{LivenessBound: int64(tcp.Transport{}.Bound())},
	}
}

// TLS is TCP with certificates from both sides: each run has an authority of its own,
// which issues one to every endpoint.
func TLS() Backend {
	return OverTransport{
		BackendName: "tls",
		Prepare:     prepareTLS,
		NewPrepared: openTLS,
		Address:     PortFile,
		Has:         []Capability{RawConnections, Takeover, CertifiedNames},
		Amounts:     Capabilities{LivenessBound: int64(tcp.Transport{}.Bound())},
	}
}

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

func openTLS(params map[string]string) (lahja.Transport, error) {
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
	host      string // where it listens; empty means loopback
}

// At implements Hosted.
func (t certified) At(host string) lahja.Transport {
	t.host = host
	return t
}

// As implements Named.
func (t certified) As(endpoint string) (lahja.Transport, error) {
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
	return PortFiles{Over: tcp.Transport{TLS: config}, host: t.host}, nil
}

// Dial implements lahja.Transport, for nobody in particular.
func (t certified) Dial(ctx context.Context, path string) (net.Conn, error) {
	nobody, err := t.As("nobody")
	if err != nil {
		return nil, err
	}
	return nobody.Dial(ctx, path)
}

// Listen implements lahja.Transport, for nobody in particular.
func (t certified) Listen(ctx context.Context, path string) (net.Listener, error) {
	nobody, err := t.As("nobody")
	if err != nil {
		return nil, err
	}
	return nobody.Listen(ctx, path)
}

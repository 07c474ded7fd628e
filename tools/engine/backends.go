package engine

import (
	"math"
	"path/filepath"

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
	return OverTransport{
		BackendName: "unix",
		New:         func() lahja.Transport { return unix.Transport{} },
		Address:     func(dir, name string) string { return filepath.Join(dir, name+".ipc") },
		Has:         []Capability{SocketFiles, PeerCredentials, RawConnections, Takeover},
	}
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
		New:         func() lahja.Transport { return portFiles{over: tcp.Transport{}} },
		Address:     portFile,
		Has:         []Capability{RawConnections, Takeover},
		Amounts:     Capabilities{LivenessBound: int64(tcp.Transport{}.Bound())},
	}
}

// TLS is TCP with certificates from both sides, which are made for every run.
func TLS() Backend {
	return OverTransport{
		BackendName: "tls",
		Prepare: func(hosts []string) (map[string]string, error) {
			identity, err := tcptest.NewIdentity(hosts...)
			if err != nil {
				return nil, err
			}
			return map[string]string{"authority": string(identity.Authority),
				"certificate": string(identity.Certificate), "key": string(identity.Key)}, nil
		},
		NewPrepared: func(params map[string]string) (lahja.Transport, error) {
			identity := tcptest.Identity{Authority: []byte(params["authority"]),
				Certificate: []byte(params["certificate"]), Key: []byte(params["key"])}
			config, err := identity.Config()
			if err != nil {
				return nil, err
			}
			return portFiles{over: tcp.Transport{TLS: config}}, nil
		},
		Address: portFile,
		Has:     []Capability{RawConnections, Takeover},
		Amounts: Capabilities{LivenessBound: int64(tcp.Transport{}.Bound())},
	}
}

// portFile is where the port of an endpoint stands.
func portFile(dir, name string) string { return filepath.Join(dir, name+".port") }

package transports

import (
	"math"
	"path/filepath"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/lahja/transport/unix"
	"github.com/lahja/go-lahja/tools/engine"
)

// Each of the functions below returns the same backend every time. To change one, copy it:
//
//	b := *transports.TCP()
//	b.BackendName = "tcp-small"

// Memory is the backend of endpoints within one process.
func Memory() *Backend { return onMemory }

// Unix is the backend of endpoints that connect over Unix sockets in the run's
// private directory.
func Unix() *Backend { return onUnix }

// TCP is the backend of endpoints that connect over TCP on this machine.
func TCP() *Backend { return onTCP }

// TLS is TCP with certificates from both sides: each run has an authority of its own,
// which issues one to every endpoint.
func TLS() *Backend { return onTLS }

// UnixUncompressed is Unix whose endpoints send everything as it is. Mixed with
// Unix it shows that what one side compresses the other one understands.
func UnixUncompressed() *Backend { return onUnixUncompressed }

// TCPUncompressed is TCP whose endpoints send everything as it is.
func TCPUncompressed() *Backend { return onTCPUncompressed }

// TLSUncompressed is TLS whose endpoints send everything as it is.
func TLSUncompressed() *Backend { return onTLSUncompressed }

var (
	onMemory = &Backend{
		BackendName: "memory",
		New:         func() p2p.Transport { return memory.New() },
		Has:         []engine.Capability{engine.RawConnections},
		OneProcess:  true,
	}
	onUnix = &Backend{
		BackendName: "unix",
		New:         func() p2p.Transport { return unix.Transport{} },
		Address:     func(dir, name string) string { return filepath.Join(dir, name+".ipc") },
		Has:         hasUnix,
		Sockets:     "unix",
		Needs:       []engine.Need{engine.SocketFiles},
	}
	onTCP = &Backend{
		BackendName: "tcp",
		New:         func() p2p.Transport { return ByName{Over: tcp.Transport{}} },
		Sockets:     "tcp",
		Has:         []engine.Capability{engine.RawConnections, engine.Takeover},
		Amounts:     engine.Capabilities{engine.LivenessBound: int64(tcp.Transport{}.Bound())},
	}
	onTLS = &Backend{
		BackendName: "tls",
		Prepare:     prepareTLS,
		NewPrepared: openTLS,
		Sockets:     "tcp",
		Has:         []engine.Capability{engine.RawConnections, engine.Takeover, engine.CertifiedNames},
		Amounts:     engine.Capabilities{engine.LivenessBound: int64(tcp.Transport{}.Bound())},
	}
	onUnixUncompressed = uncompressed(*onUnix)
	onTCPUncompressed  = uncompressed(*onTCP)
	onTLSUncompressed  = uncompressed(*onTLS)
)

func uncompressed(b Backend) *Backend {
	b.BackendName += "-uncompressed"
	b.Options.CompressAbove = math.MaxInt
	return &b
}

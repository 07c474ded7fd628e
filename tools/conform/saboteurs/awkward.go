package saboteurs

import (
	"net"
	"path/filepath"
	"slices"
	"time"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// Oddity is a correct backend that is slow or unusual. No scenario may fail on it.
type Oddity struct {
	// Does says in one sentence how it differs from most backends.
	Does string
	// Backend does it, and has the oddity's name.
	Backend engine.Backend
}

// Name is the name of the oddity's backend.
func (o Oddity) Name() string { return o.Backend.Name() }

// Awkward returns the correct backends that are slow or unusual. The caller may change the
// slice.
func Awkward() []Oddity {
	return []Oddity{
		{"It takes 5 ms for every write.", changing(memory("slow"), pausing(5*time.Millisecond, 0))},
		{"It writes one byte at a time, and long data in pieces of 61 bytes.",
			changing(memory("fragmenting"), func(conn net.Conn) net.Conn { return fragmentingConn{conn} })},
		{"Its bytes take 10 ms each way.", shaped(memory("distant"), link{latency: 10 * time.Millisecond})},
		{"Its bytes take 50 ms each way.", shaped(memory("remote"), link{latency: 50 * time.Millisecond})},
		{"It carries 4 MiB per second.", shaped(memory("narrow"), link{rate: 4 << 20})},
		{"It returns one byte from every read.", changing(memory("reads-bytewise"), func(conn net.Conn) net.Conn { return bytewiseConn{conn} })},
		{"It returns the last bytes together with io.EOF.", changing(memory("ends-with-data"), newEagerConn)},
		{"It takes 500 ms to close a connection.", changing(memory("closes-slowly"), pausing(0, 500*time.Millisecond))},
		{"Every other accept fails for lack of descriptors.", over(memory("accepts-late"), acceptLate)},
		{"Its connections have no buffer: a write returns when everything is read (net.Pipe).", pipes("pipes")},
		{"It waits for acknowledgements before it sends small data (TCP without TCP_NODELAY).", changing(tcp("nagle"), delaying)},
		{"Its addresses are names in the kernel, not files (abstract Unix sockets).", abstract("abstract")},
	}
}

// AwkwardOnProcesses returns those whose drivers can be processes: some like those of
// Awkward, and some whose oddity shows only there. The caller may change the slice.
func AwkwardOnProcesses() []Oddity { return slices.Clone(awkwardOnProcesses) }

var awkwardOnProcesses = []Oddity{
	{"Its bytes take 50 ms each way.", shaped(unix("remote-processes"), link{latency: 50 * time.Millisecond})},
	{"It waits for acknowledgements before it sends small data (TCP without TCP_NODELAY).", changing(tcp("nagle"), delaying)},
	{"Its addresses are names in the kernel, not files (abstract Unix sockets).", abstract("abstract")},
	{"An address is free only after its parent has waited for the process that listened there.", over(holding(unix("holds-addresses")), holdAddresses)},
}

// tcp is memory over TCP.
func tcp(name string) *transports.Backend {
	b := *transports.TCP()
	b.BackendName = name
	return &b
}

// shaped is b with the latency and bandwidth of l.
func shaped(b *transports.Backend, l link) *transports.Backend {
	return over(b, func(t p2p.Transport) p2p.Transport { return linked{t, l} })
}

// holding is b without its claims about socket files, which another transport makes here.
func holding(b *transports.Backend) *transports.Backend {
	b.Has = []engine.Capability{engine.RawConnections, engine.Takeover}
	return b
}

// pipes is a backend over net.Pipe.
func pipes(name string) *transports.Backend {
	return &transports.Backend{
		BackendName: name,
		New:         func() p2p.Transport { return newPipeNetwork() },
		Has:         []engine.Capability{engine.RawConnections},
		OneProcess:  true,
	}
}

// abstract is a backend over abstract Unix sockets, a feature of Linux.
func abstract(name string) *transports.Backend {
	return &transports.Backend{
		BackendName: name,
		New:         func() p2p.Transport { return abstractSockets{} },
		Address:     func(dir, name string) string { return "@" + filepath.Join(dir, name) },
		Has:         []engine.Capability{engine.RawConnections, engine.Takeover},
	}
}

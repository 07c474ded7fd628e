package transports

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/observe"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine"
)

// Backend is the backend of point-to-point endpoints on a transport: the fields
// describe it. The zero value of all but BackendName and New works for a transport whose
// addresses are plain names. Make a backend once, and use the pointer to it everywhere:
// two backends are the same only if they are one value (engine.Same). Do not change it once
// an engine has it: children build it as the program declares it.
type Backend struct {
	// BackendName is the backend's name.
	BackendName string
	// New makes the transport that the endpoints of one process and run share. One on which
	// endpoints show who they are is engine.Named. One that implements io.Closer is closed when the
	// last endpoint that is open in the process ends, and again at the end of the run. Endpoints
	// that are opened in between use it again.
	New func() p2p.Transport
	// Prepare, where it is set, makes what all processes of a run need to have in
	// common, such as certificates or host keys, for endpoints on loopback and at
	// engine.Site.Hosts. It runs once a run, in the parent. Each process, the parent too, gets
	// what it returned: NewPrepared makes the transport from that, instead of New.
	Prepare     func(hosts []string) (params map[string]string, err error)
	NewPrepared func(params map[string]string) (p2p.Transport, error)
	// Address is where the endpoint of that name listens in the run whose private
	// directory is dir; nil means the name itself. Every process calls it, before anybody
	// listens, so it must depend on dir and name alone. For a port that the system
	// chooses, see ByName.
	Address func(dir, name string) string
	// Random makes the source of each endpoint's random numbers (p2p.Options.Random); nil means
	// the default.
	Random func(endpoint string) rand.Source
	// Has is what the backend can do beyond what all endpoints on a transport can,
	// and Amounts how much, where that has a measure.
	Has     []engine.Capability
	Amounts engine.Capabilities
	// Needs is what it does not work without; see engine.Requirer.
	Needs []engine.Need
	// Sockets is the network of package net, "tcp" or "unix", on which the transport's listeners
	// are, where their addresses are those of the sockets and bytes can pass through another socket
	// in between: then process engines can make network faults. Empty means that they cannot.
	Sockets string
	// OneProcess says that endpoints of different processes cannot connect.
	OneProcess bool
	// Options is where the endpoints' options start; Transport, Logger and
	// OnHandlerError are set by the engine.
	Options p2p.Options
}

// Name implements engine.Backend.
func (b *Backend) Name() string { return b.BackendName }

// deathBound is within which time the death of a process shows at the other ends of
// its connections, which the system closes: at once, but for a loaded machine.
const deathBound = time.Second

// Capabilities implements engine.Backend: what all endpoints on a transport can, and what
// the backend says.
func (b *Backend) Capabilities() engine.Capabilities {
	all := engine.CapabilitySet(engine.Drain, engine.Backpressure, engine.Reconnects)
	if !b.OneProcess {
		all[engine.AcrossProcesses] = 1
	}
	all[engine.DeathBound] = int64(deathBound)
	all[engine.MaxPayload] = int64(cmp.Or(b.Options.MaxPayload, lahja.DefaultMaxPayload))
	return all.With(b.Has...).Union(b.Amounts)
}

// ProxyNetwork implements engine.Proxied.
func (b *Backend) ProxyNetwork() string { return b.Sockets }

// Requires implements engine.Requirer.
func (b *Backend) Requires() []engine.Need { return b.Needs }

// Open implements engine.Backend.
func (b *Backend) Open(ctx context.Context, site engine.Site) (engine.Network, error) {
	if b.Prepare == nil {
		return b.open(site, nil)
	}
	params, err := b.Prepare(site.Hosts)
	if err != nil {
		return nil, fmt.Errorf("transports: prepare backend %s: %w", b.BackendName, err)
	}
	return b.open(site, params)
}

// Join implements engine.Backend.
func (b *Backend) Join(ctx context.Context, site engine.Site, params map[string]string) (engine.Network, error) {
	if b.OneProcess {
		return nil, fmt.Errorf("transports: backend %s connects endpoints of one process only; "+
			"run it with a goroutine engine", b.BackendName)
	}
	return b.open(site, params)
}

func (b *Backend) open(site engine.Site, params map[string]string) (engine.Network, error) {
	transport, err := b.transport(params)
	if err != nil {
		return nil, fmt.Errorf("transports: open backend %s: %w", b.BackendName, err)
	}
	if site.Names == nil {
		site.Names = new(engine.NameTable)
	}
	if site.Proxied && b.Address != nil { // Otherwise ByName uses the names.
		transport = named{transport, site.Names}
	}
	n := &network{backend: b, transport: counting(transport, place{site.Names, site.Host}), params: params}
	if b.Address != nil {
		dir, err := site.Dir()
		if err != nil {
			return nil, err
		}
		n.dir = dir
	}
	return n, nil
}

func (b *Backend) transport(params map[string]string) (p2p.Transport, error) {
	if b.NewPrepared != nil {
		return b.NewPrepared(params)
	}
	return b.New(), nil
}

// network is a Backend during one run.
type network struct {
	backend   *Backend
	transport *countingTransport
	params    map[string]string
	dir       string
}

func (n *network) Config(name string) lahja.ConnectionConfig {
	address := name
	if n.backend.Address != nil {
		address = n.backend.Address(n.dir, name)
	}
	return lahja.ConnectionConfig{Name: name, Address: address}
}

// Sweep implements engine.Sweeper: an address may be a file in the run's directory.
func (n *network) Sweep(endpoint string) error {
	address := n.Config(endpoint).Address
	if n.dir == "" || filepath.Dir(address) != filepath.Clean(n.dir) {
		return nil
	}
	if err := os.Remove(address); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (n *network) Params() map[string]string { return n.params }

func (n *network) Close() []string {
	left := n.transport.open()
	// Endpoints have closed it, but somebody may have dialled without one since.
	if err := n.transport.close(); err != nil {
		left = append(left, fmt.Sprintf("transport: it was not closed: %v", err))
	}
	return left
}

func (n *network) RunEndpoint(ctx context.Context, name string, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	opts, err := n.options(name, options)
	if err != nil {
		return nil, err
	}
	return orNil(p2p.RunEndpoint(ctx, name, opts))
}

func (n *network) ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	opts, err := n.options(config.Name, options)
	if err != nil {
		return nil, err
	}
	return orNil(p2p.ServeEndpoint(ctx, config, opts))
}

// Transport gives drivers the transport itself, to disturb endpoints with bare
// connections; see engine.RawDialer.
func (n *network) Transport() p2p.Transport { return n.transport }

func (n *network) options(name string, o engine.EndpointOptions) (*p2p.Options, error) {
	transport, err := n.transport.As(name)
	if err != nil {
		return nil, fmt.Errorf("transports: backend %s: the transport of endpoint %s: %w", n.backend.BackendName, name, err)
	}
	options := n.backend.Options
	options.Transport = transport
	if n.backend.Random != nil {
		options.Random = n.backend.Random(name)
	}
	options.OnHandlerError = o.OnHandlerError
	options.ListenWait = cmp.Or(o.ListenWait, options.ListenWait)
	options.Reconnect = cmp.Or(o.Reconnect, options.Reconnect)
	options.SlowPeer = cmp.Or(o.SlowPeer, options.SlowPeer)
	options.BlockWait = cmp.Or(o.BlockWait, options.BlockWait)
	options.Linger = cmp.Or(o.Linger, options.Linger)
	options.Observer = observe.All(options.Observer, o.Observer)
	options.Logger = o.Logger
	return &options, nil
}

// orNil keeps a nil *Endpoint from becoming a non-nil EndpointAPI.
func orNil(ep *p2p.Endpoint, err error) (lahja.EndpointAPI, error) {
	if err != nil {
		return nil, err
	}
	return ep, nil
}

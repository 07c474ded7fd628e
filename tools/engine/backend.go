package engine

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// Backend is an endpoint implementation on some transport.
type Backend interface {
	// Name is short and unique: "unix".
	Name() string
	// Capabilities is what its endpoints can do.
	Capabilities() Capabilities
	// Open makes what the endpoints of one run share. It is called once a run,
	// in the parent where drivers are processes.
	Open(ctx context.Context, site Site) (Network, error)
	// Join is Open in a child: it gets the Params of what the parent opened.
	// Backends that live in one process alone return an error.
	Join(ctx context.Context, site Site, params map[string]string) (Network, error)
}

// WithParams is offered by backends some of whose settings children take from Params:
// where a server is, say, which the parent may learn only when children have none to
// look it up.
type WithParams interface {
	Backend
	// WithoutParams is the backend without those settings: two that differ in them
	// alone are the same for children.
	WithoutParams() Backend
}

// Network is a backend during one run.
type Network interface {
	// Config is Session.Config.
	Config(name string) lahja.ConnectionConfig
	// Params is what a child needs to join.
	Params() map[string]string
	// RunEndpoint opens an endpoint that does not listen.
	RunEndpoint(ctx context.Context, name string, options EndpointOptions) (lahja.EndpointAPI, error)
	// ServeEndpoint opens an endpoint that listens at config.
	ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, options EndpointOptions) (lahja.EndpointAPI, error)
	// Close ends the network and lists what endpoints left open, one sentence
	// each.
	Close() []string
}

// OverTransport is the backend of point-to-point endpoints on a transport: the
// fields say all there is to say. The zero value of all but BackendName and New
// works for a transport whose addresses are plain names.
type OverTransport struct {
	// BackendName is the backend's name.
	BackendName string
	// New makes the transport that the endpoints of one process and run share. One
	// whose endpoints can be on several hosts is Hosted, one on which they show who they
	// are Named. One that implements io.Closer is closed when the last endpoint that is
	// open in the process ends, and again at the end of the run. Endpoints that are opened
	// in between use it again.
	New func() lahja.Transport
	// Prepare, where it is set, makes what all processes of a run need to have in
	// common, such as certificates or host keys, for endpoints on loopback and at
	// Site.Hosts. It runs once a run, in the parent. Each process, the parent too, gets
	// what it returned: NewPrepared makes the transport from that, instead of New.
	Prepare     func(hosts []string) (params map[string]string, err error)
	NewPrepared func(params map[string]string) (lahja.Transport, error)
	// Address is where the endpoint of that name listens in the run whose private
	// directory is dir; nil means the name itself. Every process calls it, before anybody
	// listens, so it must depend on dir and name alone. For a port that the system
	// chooses, see PortFiles.
	Address func(dir, name string) string
	// Has is what the backend can do beyond what all endpoints on a transport can,
	// and Amounts how much, where that has a measure.
	Has     []Capability
	Amounts Capabilities
	// Needs is what it does not work without; see Requirer.
	Needs []Need
	// OneProcess says that endpoints of different processes cannot connect.
	OneProcess bool
	// Options is where the endpoints' options start; Transport, Logger and
	// OnHandlerError are set by the engine.
	Options lahja.Options
}

// Name implements Backend.
func (b OverTransport) Name() string { return b.BackendName }

// deathBound is within which time the death of a process shows at the other ends of
// its connections, which the system closes: at once, but for a loaded machine.
const deathBound = time.Second

// Capabilities implements Backend: what all endpoints on a transport can, and what
// the backend says.
func (b OverTransport) Capabilities() Capabilities {
	all := CapabilitySet(Drain, Backpressure, Reconnects)
	if !b.OneProcess {
		all[AcrossProcesses] = 1
	}
	all[DeathBound] = int64(deathBound)
	all[MaxPayload] = int64(cmp.Or(b.Options.MaxPayload, lahja.DefaultMaxPayload))
	return all.With(b.Has...).Union(b.Amounts)
}

// Requires implements Requirer.
func (b OverTransport) Requires() []Need { return b.Needs }

// Open implements Backend.
func (b OverTransport) Open(ctx context.Context, site Site) (Network, error) {
	if b.Prepare == nil {
		return b.open(site, nil)
	}
	params, err := b.Prepare(site.Hosts)
	if err != nil {
		return nil, fmt.Errorf("engine: prepare backend %s: %w", b.BackendName, err)
	}
	return b.open(site, params)
}

// Join implements Backend.
func (b OverTransport) Join(ctx context.Context, site Site, params map[string]string) (Network, error) {
	if b.OneProcess {
		return nil, fmt.Errorf("engine: backend %s connects endpoints of one process only; "+
			"run it with a goroutine engine", b.BackendName)
	}
	return b.open(site, params)
}

func (b OverTransport) open(site Site, params map[string]string) (Network, error) {
	transport, err := b.transport(params)
	if err != nil {
		return nil, fmt.Errorf("engine: open backend %s: %w", b.BackendName, err)
	}
	if hosted, ok := transport.(Hosted); ok && site.Host != "" {
		transport = hosted.At(site.Host)
	}
	n := &transportNetwork{backend: b, transport: counting(transport), params: params}
	if b.Address != nil {
		dir, err := site.Dir()
		if err != nil {
			return nil, err
		}
		n.dir = dir
	}
	return n, nil
}

func (b OverTransport) transport(params map[string]string) (lahja.Transport, error) {
	if b.NewPrepared != nil {
		return b.NewPrepared(params)
	}
	return b.New(), nil
}

// transportNetwork is an OverTransport during one run.
type transportNetwork struct {
	backend   OverTransport
	transport *countingTransport
	params    map[string]string
	dir       string
}

func (n *transportNetwork) Config(name string) lahja.ConnectionConfig {
	address := name
	if n.backend.Address != nil {
		address = n.backend.Address(n.dir, name)
	}
	return lahja.ConnectionConfig{Name: name, Address: address}
}

func (n *transportNetwork) Params() map[string]string { return n.params }

func (n *transportNetwork) Close() []string {
	left := n.transport.open()
	// Endpoints have closed it, but somebody may have dialled without one since.
	if err := n.transport.close(); err != nil {
		left = append(left, fmt.Sprintf("transport: it was not closed: %v", err))
	}
	return left
}

func (n *transportNetwork) RunEndpoint(ctx context.Context, name string, options EndpointOptions) (lahja.EndpointAPI, error) {
	opts, err := n.options(name, options)
	if err != nil {
		return nil, err
	}
	return orNil(lahja.RunEndpoint(ctx, name, opts))
}

func (n *transportNetwork) ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, options EndpointOptions) (lahja.EndpointAPI, error) {
	opts, err := n.options(config.Name, options)
	if err != nil {
		return nil, err
	}
	return orNil(lahja.ServeEndpoint(ctx, config, opts))
}

// Transport gives drivers the transport itself, to disturb endpoints with bare
// connections; see RawDialer.
func (n *transportNetwork) Transport() lahja.Transport { return n.transport }

func (n *transportNetwork) options(name string, o EndpointOptions) (*lahja.Options, error) {
	transport, err := n.transport.As(name)
	if err != nil {
		return nil, fmt.Errorf("engine: backend %s: the transport of endpoint %s: %w", n.backend.BackendName, name, err)
	}
	options := n.backend.Options
	options.Transport = transport
	options.OnHandlerError = o.OnHandlerError
	options.ListenWait = cmp.Or(o.ListenWait, options.ListenWait)
	options.Reconnect = cmp.Or(o.Reconnect, options.Reconnect)
	options.SlowPeer = cmp.Or(o.SlowPeer, options.SlowPeer)
	options.BlockWait = cmp.Or(o.BlockWait, options.BlockWait)
	options.Linger = cmp.Or(o.Linger, options.Linger)
	if o.Observer != nil {
		options.Observer = o.Observer
	}
	options.Logger = o.Logger
	return &options, nil
}

// orNil keeps a nil *Endpoint from becoming a non-nil EndpointAPI.
func orNil(ep *lahja.Endpoint, err error) (lahja.EndpointAPI, error) {
	if err != nil {
		return nil, err
	}
	return ep, nil
}

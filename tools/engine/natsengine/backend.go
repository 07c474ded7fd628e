package natsengine

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"math"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/lahja/observe"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
)

// What a child has to know of the run: where its server is, and its bus.
const (
	paramURL    = "nats-url"
	paramBus    = "nats-bus"
	paramOrders = "nats-orders" // where it can have servers stopped
)

// NATS is the backend of endpoints on a NATS server that is started for every run.
func NATS() *Backend { return plain }

// Engines are those on NATS that the command has besides runner.Engines().
func Engines() []engine.Engine {
	return []engine.Engine{engine.OnGoroutines(NATS()), subprocess.On(NATS()), subprocess.Mixed(NATS(), Uncompressed())}
}

// Uncompressed is NATS whose endpoints send everything as it is.
func Uncompressed() *Backend { return uncompressed }

// NATS and Uncompressed return the same backends every time.
var (
	plain        = &Backend{}
	uncompressed = &Backend{BackendName: "nats-uncompressed", Options: natsbus.Options{CompressAbove: math.MaxInt}}
)

// At is the backend of endpoints on the NATS server at url, which is there already
// and reached with these options (credentials, TLS). Every run has a bus of its own
// on it. Its name is nats-url, whatever the url: children are told that. Where drivers are
// processes and the url is known late, give Dispatch the backend without one, and set its
// URL later. Its endpoints send payloads of almost 1 MiB, which servers take unless they are configured;
// for more, set Options.MaxPayload of a Backend.
func At(url string, options ...nats.Option) *Backend {
	const asConfigured = 1<<20 - 64<<10 // Envelope and headers need room in 1 MiB.
	return &Backend{BackendName: "nats-url", URL: url, Options: natsbus.Options{NATS: options, MaxPayload: asConfigured}}
}

// Backend is the backend of endpoints on a NATS server. Its zero value starts a
// server for every run. Make one once, and use the pointer to it everywhere.
type Backend struct {
	// BackendName is the backend's name; empty means nats.
	BackendName string
	// URL is the server's; empty means that one is started for every run. One that is
	// there may take less than endpoints do by default: then Options.MaxPayload says how much.
	URL string
	// Host is where a server that is started listens; empty means loopback.
	Host string
	// Servers is how many are started; 0 means one, more are a cluster. Endpoints
	// are spread over them by their names.
	Servers int
	// Outages lets drivers stop servers and start them again; see ServersOf.
	Outages bool
	// Options is where the endpoints' options start; URL, Logger and OnHandlerError
	// are set by the engine, and Bus, unless there is a server for every run, is what
	// the bus of a run begins with.
	Options natsbus.Options
}

// Name implements engine.Backend.
func (b *Backend) Name() string { return cmp.Or(b.BackendName, "nats") }

// Capabilities implements engine.Backend. There is nothing to dial but the server,
// and no file; and what the server takes, not what peers read, holds a sender up. A dead
// peer is noticed within three heartbeats; one more is for a machine that is busy.
func (b *Backend) Capabilities() engine.Capabilities {
	has := engine.CapabilitySet(engine.AcrossProcesses, engine.Drain, engine.Takeover, engine.Reconnects)
	if b.Outages && b.URL == "" {
		has = has.With(Outages)
	}
	return has.Union(engine.Capabilities{
		engine.MaxPayload:    int64(cmp.Or(b.Options.MaxPayload, lahja.DefaultMaxPayload)),
		engine.DeathBound:    4 * int64(cmp.Or(b.Options.Heartbeat, natsbus.DefaultHeartbeat)),
		engine.LivenessBound: int64(cmp.Or(b.Options.Liveness, natsbus.DefaultLiveness)),
	})
}

// Open implements engine.Backend.
func (b *Backend) Open(_ context.Context, site engine.Site) (engine.Network, error) {
	if b.URL != "" {
		return b.network(b.URL, cmp.Or(b.Options.Bus, natsbus.DefaultBus)+".run-"+rand.Text()), nil
	}
	servers, err := b.start()
	if err != nil {
		return nil, fmt.Errorf("engine: open backend %s: %w", b.Name(), err)
	}
	n := b.network(servers.urls(), b.Options.Bus)
	n.servers, n.stop = servers, servers.close
	if b.Outages {
		if err := n.takeOrders(site); err != nil {
			servers.close()
			return nil, fmt.Errorf("engine: open backend %s: %w", b.Name(), err)
		}
	}
	return n, nil
}

// Join implements engine.Backend.
func (b *Backend) Join(_ context.Context, _ engine.Site, params map[string]string) (engine.Network, error) {
	if params[paramURL] == "" {
		return nil, fmt.Errorf("engine: backend %s: the parent gave no %s", b.Name(), paramURL)
	}
	n := b.network(params[paramURL], params[paramBus])
	if path := params[paramOrders]; path != "" {
		n.servers = remoteServers{path}
	}
	return n, nil
}

func (b *Backend) network(url, bus string) *network {
	n := &network{options: b.Options, url: url, stop: func() {}}
	n.options.Bus = bus
	return n
}

// network is the backend during one run.
type network struct {
	options natsbus.Options
	url     string // or several with commas between them
	stop    func()
	dialler dialler
	servers Servers // nil where drivers have no say
	orders  *orders // nil where none are taken
}

func (n *network) Config(name string) lahja.ConnectionConfig {
	return lahja.ConnectionConfig{Name: name}
}

func (n *network) Params() map[string]string {
	params := map[string]string{paramURL: n.url, paramBus: n.options.Bus}
	if n.orders != nil {
		params[paramOrders] = n.orders.path
	}
	return params
}

// Where is offered by the networks of a Backend.
type Where interface {
	// Server is where the server is, or several with commas between them, and the bus of the run.
	Server() (url, bus string)
}

// Server implements Where.
func (n *network) Server() (url, bus string) { return n.url, n.options.Bus }

// Close stops the server last, which ends what was left open.
func (n *network) Close() []string {
	left := n.dialler.open()
	if n.orders != nil {
		n.orders.close()
	}
	n.stop()
	return left
}

func (n *network) RunEndpoint(ctx context.Context, name string, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	return orNil(natsbus.RunEndpoint(ctx, name, n.with(name, options)))
}

func (n *network) ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	return orNil(natsbus.ServeEndpoint(ctx, config, n.with(config.Name, options)))
}

func (n *network) with(name string, o engine.EndpointOptions) *natsbus.Options {
	options := n.options
	options.URL = turned(n.url, name)
	options.NATS = append([]nats.Option{nats.SetCustomDialer(&n.dialler), nats.DontRandomize()}, options.NATS...)
	options.OnHandlerError = o.OnHandlerError
	options.ListenWait = cmp.Or(o.ListenWait, options.ListenWait)
	options.Reconnect = cmp.Or(o.Reconnect, options.Reconnect)
	options.BlockWait = cmp.Or(o.BlockWait, options.BlockWait)
	options.Linger = cmp.Or(o.Linger, options.Linger)
	options.Observer = observe.All(options.Observer, o.Observer)
	options.Logger = o.Logger
	return &options
}

// orNil keeps a nil *natsbus.Endpoint from becoming a non-nil EndpointAPI.
func orNil(ep *natsbus.Endpoint, err error) (lahja.EndpointAPI, error) {
	if err != nil {
		return nil, err
	}
	return ep, nil
}

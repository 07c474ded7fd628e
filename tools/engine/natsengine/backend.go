package natsengine

import (
	"cmp"
	"context"
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
	"github.com/lahja/go-lahja/tools/engine"
)

// paramURL tells a child where the server of the run is.
const paramURL = "nats-url"

// NATS is the backend of endpoints on a NATS server that is started for every run.
func NATS() engine.Backend { return Backend{} }

// Engines are those on NATS that the command has besides runner.Engines().
func Engines() []engine.Engine {
	return []engine.Engine{engine.OnGoroutines(NATS()), engine.OnProcesses(NATS())}
}

// Backend is the backend of endpoints on a NATS server. Its zero value starts a
// server for every run.
type Backend struct {
	// Options is where the endpoints' options start; URL, NATS, Logger and
	// OnHandlerError are set by the engine.
	Options natsbus.Options
}

// Name implements engine.Backend.
func (Backend) Name() string { return "nats" }

// Capabilities implements engine.Backend. There is nothing to dial but the server,
// and no file; and what the server takes, not what peers read, holds a sender up. A dead
// peer is noticed within three heartbeats; one more is for a machine that is busy.
func (b Backend) Capabilities() engine.Capabilities {
	return engine.CapabilitySet(engine.AcrossProcesses, engine.Drain, engine.Takeover).Union(engine.Capabilities{
		engine.MaxPayload:    int64(cmp.Or(b.Options.MaxPayload, lahja.DefaultMaxPayload)),
		engine.DeathBound:    4 * int64(cmp.Or(b.Options.Heartbeat, natsbus.DefaultHeartbeat)),
		engine.LivenessBound: int64(cmp.Or(b.Options.Liveness, natsbus.DefaultLiveness)),
	})
}

// Open implements engine.Backend.
func (b Backend) Open(context.Context, engine.Site) (engine.Network, error) {
	server, err := natstest.Start(nil)
	if err != nil {
		return nil, fmt.Errorf("engine: open backend %s: %w", b.Name(), err)
	}
	return b.network(server.URL(), server.Close), nil
}

// Join implements engine.Backend.
func (b Backend) Join(_ context.Context, _ engine.Site, params map[string]string) (engine.Network, error) {
	if params[paramURL] == "" {
		return nil, fmt.Errorf("engine: backend %s: the parent gave no %s", b.Name(), paramURL)
	}
	return b.network(params[paramURL], func() {}), nil
}

func (b Backend) network(url string, stop func()) *network {
	return &network{options: b.Options, url: url, stop: stop}
}

// network is the backend during one run.
type network struct {
	options natsbus.Options
	url     string
	stop    func()
	dialler dialler
}

func (n *network) Config(name string) lahja.ConnectionConfig {
	return lahja.ConnectionConfig{Name: name}
}

func (n *network) Params() map[string]string { return map[string]string{paramURL: n.url} }

// Close stops the server last, which ends what was left open.
func (n *network) Close() []string {
	left := n.dialler.open()
	n.stop()
	return left
}

func (n *network) RunEndpoint(ctx context.Context, name string, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	return orNil(natsbus.RunEndpoint(ctx, name, n.with(options)))
}

func (n *network) ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	return orNil(natsbus.ServeEndpoint(ctx, config, n.with(options)))
}

func (n *network) with(o engine.EndpointOptions) *natsbus.Options {
	options := n.options
	options.URL = n.url
	options.NATS = append([]nats.Option{nats.SetCustomDialer(&n.dialler)}, options.NATS...)
	options.OnHandlerError = o.OnHandlerError
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

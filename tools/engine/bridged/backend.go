// Package bridged is a backend whose endpoints are on Unix sockets and on a NATS server in turn, with
// a bridge (package bridge) between them.
package bridged

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"strconv"
	"strings"
	"sync"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/bridge"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/natsengine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// Engines are the engines on sockets and NATS, with a bridge between them.
func Engines() []engine.Engine {
	return []engine.Engine{engine.OnGoroutines(UnixAndNATS()), subprocess.On(UnixAndNATS())}
}

// UnixAndNATS is the backend on Unix sockets and a NATS server. It returns the same one every time.
func UnixAndNATS() *Backend { return unixAndNATS }

var unixAndNATS = &Backend{sockets: transports.Unix(), server: natsengine.NATS()}

// Backend is the backend of endpoints on sockets and on a server in turn: those of the drivers of a
// scenario, in their order, the first one on a socket. Others are on sockets.
type Backend struct {
	sockets *transports.Backend
	server  *natsengine.Backend
}

// Name implements engine.Backend.
func (b *Backend) Name() string { return "bridged" }

// Capabilities implements engine.Backend: what both can do, and death is noticed within the sum of
// both bounds.
func (b *Backend) Capabilities() engine.Capabilities {
	one, other := b.sockets.Capabilities(), b.server.Capabilities()
	common := one.Common(other)
	common[engine.DeathBound] = one[engine.DeathBound] + other[engine.DeathBound]
	common[engine.LivenessBound] = other[engine.LivenessBound]
	return common
}

// onServer begins the parameters that say who is on the server.
const onServer = "bridged-on-server-"

// Open implements engine.Backend.
func (b *Backend) Open(ctx context.Context, site engine.Site) (engine.Network, error) {
	n, err := b.network(ctx, site, b.server.Open)
	if err != nil {
		return nil, err
	}
	dir, err := site.Dir()
	if err == nil {
		url, bus := n.server.(natsengine.Where).Server()
		n.bridge, err = bridge.Start(ctx, bridge.Options{Sockets: dir, Export: []string{"*"}, Import: []string{"*"},
			NATS: &natsbus.Options{URL: url, Bus: bus}, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	}
	if err != nil {
		return nil, errors.Join(err, errors.New(strings.Join(n.Close(), "; ")))
	}
	return n, nil
}

// Join implements engine.Backend.
func (b *Backend) Join(ctx context.Context, site engine.Site, params map[string]string) (engine.Network, error) {
	n, err := b.network(ctx, site, func(ctx context.Context, site engine.Site) (engine.Network, error) {
		return b.server.Join(ctx, site, params)
	})
	if err != nil {
		return nil, err
	}
	for key := range params {
		if name, ok := strings.CutPrefix(key, onServer); ok {
			n.serverNames[name] = true
		}
	}
	return n, nil
}

func (b *Backend) network(ctx context.Context, site engine.Site, open func(context.Context, engine.Site) (engine.Network, error)) (*network, error) {
	sockets, err := b.sockets.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	server, err := open(ctx, site)
	if err != nil {
		return nil, errors.Join(err, errors.New(strings.Join(sockets.Close(), "; ")))
	}
	return &network{sockets: sockets, server: server, serverNames: map[string]bool{}}, nil
}

// network is a Backend during one run.
type network struct {
	sockets, server engine.Network
	bridge          *bridge.Bridge // in the parent

	mu          sync.Mutex
	serverNames map[string]bool
}

// Arrange implements engine.Arranger.
func (n *network) Arrange(endpoints []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, name := range endpoints {
		if i%2 == 1 {
			n.serverNames[name] = true
		}
	}
}

// of is where the endpoint of that name is.
func (n *network) of(name string) engine.Network {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.serverNames[name] {
		return n.server
	}
	return n.sockets
}

// Config implements engine.Network: an endpoint on a socket finds both there.
func (n *network) Config(name string) lahja.ConnectionConfig { return n.sockets.Config(name) }

// Params implements engine.Network.
func (n *network) Params() map[string]string {
	params := maps.Clone(n.server.Params())
	maps.Copy(params, n.sockets.Params())
	n.mu.Lock()
	defer n.mu.Unlock()
	for name := range n.serverNames {
		params[onServer+name] = strconv.FormatBool(true)
	}
	return params
}

// RunEndpoint implements engine.Network.
func (n *network) RunEndpoint(ctx context.Context, name string, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	return n.of(name).RunEndpoint(ctx, name, options)
}

// ServeEndpoint implements engine.Network.
func (n *network) ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	return n.of(config.Name).ServeEndpoint(ctx, config, options)
}

// Close implements engine.Network.
func (n *network) Close() []string {
	var left []string
	if n.bridge != nil {
		if err := n.bridge.Close(); err != nil {
			left = append(left, fmt.Sprintf("bridge: %v", err))
		}
	}
	return append(append(left, n.sockets.Close()...), n.server.Close()...)
}

// Sweep implements engine.Sweeper.
func (n *network) Sweep(endpoint string) error {
	if s, ok := n.of(endpoint).(engine.Sweeper); ok {
		return s.Sweep(endpoint)
	}
	return nil
}

package saboteurs

import (
	"context"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// unlingering is a backend whose endpoints close without writing accepted events, whatever
// their options say.
type unlingering struct{ *transports.Backend }

// lingeringNot writes large events slowly, and closes without writing them.
func lingeringNot(name string) unlingering {
	return unlingering{changing(memory(name), slowly(largeField, 5*time.Millisecond))}
}

func (b unlingering) Open(ctx context.Context, site engine.Site) (engine.Network, error) {
	return b.unlinger(b.Backend.Open(ctx, site))
}

func (b unlingering) Join(ctx context.Context, site engine.Site, params map[string]string) (engine.Network, error) {
	return b.unlinger(b.Backend.Join(ctx, site, params))
}

func (b unlingering) unlinger(n engine.Network, err error) (engine.Network, error) {
	if err != nil {
		return nil, err
	}
	return unlingeringNetwork{n}, nil
}

type unlingeringNetwork struct{ engine.Network }

// Transport implements engine.RawDialer.
func (n unlingeringNetwork) Transport() p2p.Transport {
	return n.Network.(engine.RawDialer).Transport()
}

func (n unlingeringNetwork) RunEndpoint(ctx context.Context, name string, o engine.EndpointOptions) (lahja.EndpointAPI, error) {
	o.Linger = -1
	return n.Network.RunEndpoint(ctx, name, o)
}

func (n unlingeringNetwork) ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, o engine.EndpointOptions) (lahja.EndpointAPI, error) {
	o.Linger = -1
	return n.Network.ServeEndpoint(ctx, config, o)
}

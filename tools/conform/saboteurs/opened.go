package saboteurs

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine"
)

// opened is a backend that changes the options with which drivers open endpoints.
type opened struct {
	engine.Backend
	change func(*engine.EndpointOptions)
}

func (b opened) Open(ctx context.Context, site engine.Site) (engine.Network, error) {
	return b.over(b.Backend.Open(ctx, site))
}

func (b opened) Join(ctx context.Context, site engine.Site, params map[string]string) (engine.Network, error) {
	return b.over(b.Backend.Join(ctx, site, params))
}

func (b opened) over(n engine.Network, err error) (engine.Network, error) {
	if err != nil {
		return nil, err
	}
	return openedNetwork{n, n.(engine.RawDialer).Transport(), b.change}, nil
}

type openedNetwork struct {
	engine.Network
	transport p2p.Transport
	change    func(*engine.EndpointOptions)
}

// Transport implements engine.RawDialer.
func (n openedNetwork) Transport() p2p.Transport { return n.transport }

func (n openedNetwork) RunEndpoint(ctx context.Context, name string, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	n.change(&options)
	return n.Network.RunEndpoint(ctx, name, options)
}

func (n openedNetwork) ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	n.change(&options)
	return n.Network.ServeEndpoint(ctx, config, options)
}

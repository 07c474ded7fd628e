package saboteurs

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine"
)

// anyName is a backend whose endpoints may have any name: it replaces invalid ones.
type anyName struct{ engine.Backend }

func (b anyName) Open(ctx context.Context, site engine.Site) (engine.Network, error) {
	n, err := b.Backend.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	return anyNameNetwork{n, n.(engine.RawDialer).Transport()}, nil
}

type anyNameNetwork struct {
	engine.Network
	transport p2p.Transport
}

// Transport implements engine.RawDialer.
func (n anyNameNetwork) Transport() p2p.Transport { return n.transport }

func (n anyNameNetwork) RunEndpoint(ctx context.Context, name string, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	if lahja.ValidateName(name) != nil {
		name = "anonymous"
	}
	return n.Network.RunEndpoint(ctx, name, options)
}

package saboteurs

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
)

// anyName is a backend whose endpoints may have any name: one that cannot be an
// endpoint's is replaced.
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
	transport lahja.Transport
}

// Transport implements engine.RawDialer.
func (n anyNameNetwork) Transport() lahja.Transport { return n.transport }

func (n anyNameNetwork) RunEndpoint(ctx context.Context, name string, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	if lahja.ValidateName(name) != nil {
		name = "anonymous"
	}
	return n.Network.RunEndpoint(ctx, name, options)
}

package defective

import (
	"context"
	"errors"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// Unwritten is a backend of one process whose endpoints cannot be opened.
func Unwritten() engine.Backend {
	return unwritten{backend{Backend: transports.Memory(), name: "unwritten"}}
}

type unwritten struct{ backend }

// Open implements engine.Backend.
func (b unwritten) Open(ctx context.Context, site engine.Site) (engine.Network, error) {
	n, err := b.Backend.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	return unwrittenNetwork{n}, nil
}

type unwrittenNetwork struct{ engine.Network }

var errUnwritten = errors.New("endpoints are not written yet")

func (unwrittenNetwork) RunEndpoint(context.Context, string, engine.EndpointOptions) (lahja.EndpointAPI, error) {
	return nil, errUnwritten
}

func (unwrittenNetwork) ServeEndpoint(context.Context, lahja.ConnectionConfig, engine.EndpointOptions) (lahja.EndpointAPI, error) {
	return nil, errUnwritten
}

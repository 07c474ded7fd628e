// Package defective holds backends with a defect, for tests of code that must find it.
package defective

import (
	"context"
	"maps"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// Alter is a defect of endpoints: it returns what they broadcast instead of a
// payload, or nil where they lose it. It is called from several goroutines.
type Alter func(payload any) any

// Memory is transports.Memory of another name, whose endpoints have the defect.
func Memory(name string, alter Alter) engine.Backend {
	return backend{Backend: transports.Memory(), name: name, alter: alter}
}

type backend struct {
	engine.Backend
	name  string
	alter Alter
}

func (b backend) Name() string { return b.name }

// Capabilities leaves out what the wrapped network does not offer.
func (b backend) Capabilities() engine.Capabilities {
	have := maps.Clone(b.Backend.Capabilities())
	delete(have, engine.RawConnections)
	return have
}

func (b backend) Open(ctx context.Context, site engine.Site) (engine.Network, error) {
	n, err := b.Backend.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	return network{Network: n, alter: b.alter}, nil
}

type network struct {
	engine.Network
	alter Alter
}

func (n network) RunEndpoint(ctx context.Context, name string, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	ep, err := n.Network.RunEndpoint(ctx, name, options)
	return n.wrap(ep), err
}

func (n network) ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	ep, err := n.Network.ServeEndpoint(ctx, config, options)
	return n.wrap(ep), err
}

func (n network) wrap(ep lahja.EndpointAPI) lahja.EndpointAPI {
	if ep == nil {
		return nil
	}
	return endpoint{EndpointAPI: ep, alter: n.alter}
}

type endpoint struct {
	lahja.EndpointAPI
	alter Alter
}

func (e endpoint) Broadcast(ctx context.Context, payload any, config lahja.BroadcastConfig) error {
	if payload = e.alter(payload); payload == nil {
		return nil
	}
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

func (e endpoint) Shutdown(ctx context.Context) error { return lahja.Shutdown(ctx, e.EndpointAPI) }

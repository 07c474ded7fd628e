package saboteurs

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine"
)

// wrapped is a backend that wraps the endpoints of another one.
type wrapped struct {
	engine.Backend
	// wrapper returns the function that wraps the endpoints of one run.
	wrapper func(t p2p.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI
}

func (b wrapped) Open(ctx context.Context, site engine.Site) (engine.Network, error) {
	return b.wrap(b.Backend.Open(ctx, site))
}

func (b wrapped) Join(ctx context.Context, site engine.Site, params map[string]string) (engine.Network, error) {
	return b.wrap(b.Backend.Join(ctx, site, params))
}

func (b wrapped) wrap(n engine.Network, err error) (engine.Network, error) {
	if err != nil {
		return nil, err
	}
	transport := n.(engine.RawDialer).Transport()
	return wrappedNetwork{n, transport, b.wrapper(transport)}, nil
}

type wrappedNetwork struct {
	engine.Network
	transport p2p.Transport
	wrap      func(lahja.EndpointAPI) lahja.EndpointAPI
}

// Transport implements engine.RawDialer.
func (n wrappedNetwork) Transport() p2p.Transport { return n.transport }

func (n wrappedNetwork) RunEndpoint(ctx context.Context, name string, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	return n.orError(n.Network.RunEndpoint(ctx, name, options))
}

func (n wrappedNetwork) ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	return n.orError(n.Network.ServeEndpoint(ctx, config, options))
}

func (n wrappedNetwork) orError(ep lahja.EndpointAPI, err error) (lahja.EndpointAPI, error) {
	if err != nil {
		return nil, err
	}
	return n.wrap(ep), nil
}

// each makes a wrapper for endpoints that share nothing.
func each(wrap func(endpoint) lahja.EndpointAPI) func(p2p.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
	return func(p2p.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
		return func(ep lahja.EndpointAPI) lahja.EndpointAPI { return wrap(endpoint{ep}) }
	}
}

// endpoint does what its inner endpoint does. Wrappers embed it and change one thing.
type endpoint struct{ lahja.EndpointAPI }

// Shutdown implements lahja.Shutdowner.
func (e endpoint) Shutdown(ctx context.Context) error { return lahja.Shutdown(ctx, e.EndpointAPI) }

// IsRunning implements lahja.Lifecycle.
func (e endpoint) IsRunning() bool { return lahja.IsRunning(e.EndpointAPI) }

// IsServing implements lahja.Lifecycle.
func (e endpoint) IsServing() bool { return lahja.IsServing(e.EndpointAPI) }

// Done implements lahja.Lifecycle.
func (e endpoint) Done() <-chan struct{} { return lahja.Done(e.EndpointAPI) }

// remoteSubscribers names the peers that subscribe to the payload's type, except those named.
func (e endpoint) remoteSubscribers(payload any, but ...string) []string {
	t, err := lahja.TypeOfValue(payload)
	if err != nil {
		return nil
	}
	known := map[string]bool{e.Name(): true}
	for _, name := range but {
		known[name] = true
	}
	var names []string
	for _, p := range e.Peers().Peers {
		if _, subscribes := p.Subscriptions[t.Name]; subscribes && !known[p.Name] {
			names = append(names, p.Name)
		}
	}
	return names
}

package defective

import (
	"context"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// Clinging is transports.Memory of another name, whose endpoints say that a subscription has ended
// when it is closed, and go on calling its handler.
func Clinging(name string) engine.Backend {
	return clinging{backend{Backend: transports.Memory(), name: name}}
}

type clinging struct{ backend }

// Open implements engine.Backend.
func (b clinging) Open(ctx context.Context, site engine.Site) (engine.Network, error) {
	n, err := b.Backend.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	return clingingNetwork{n}, nil
}

type clingingNetwork struct{ engine.Network }

func (n clingingNetwork) RunEndpoint(ctx context.Context, name string, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	ep, err := n.Network.RunEndpoint(ctx, name, options)
	return clingingTo(ep, options.Observer), err
}

func (n clingingNetwork) ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	ep, err := n.Network.ServeEndpoint(ctx, config, options)
	return clingingTo(ep, options.Observer), err
}

func clingingTo(ep lahja.EndpointAPI, observer lahja.Observer) lahja.EndpointAPI {
	if ep == nil {
		return nil
	}
	return &clingingEndpoint{EndpointAPI: ep, observer: observer}
}

type clingingEndpoint struct {
	lahja.EndpointAPI
	observer lahja.Observer
	last     uint64 // the number of the last subscription; those of drivers come one by one
}

func (e *clingingEndpoint) Shutdown(ctx context.Context) error {
	return lahja.Shutdown(ctx, e.EndpointAPI)
}

// Subscribe returns a subscription that is never closed, if it has a handler.
func (e *clingingEndpoint) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	e.last++
	s, err := e.EndpointAPI.Subscribe(t, handler, config)
	if err != nil || handler == nil {
		return s, err
	}
	return lahja.NewSubscription(&clingingSubscription{Subscription: s, endpoint: e, number: e.last}), nil
}

type clingingSubscription struct {
	*lahja.Subscription
	endpoint *clingingEndpoint
	number   uint64
}

// Close only says that it is closed.
func (s *clingingSubscription) Close() {
	s.endpoint.observer(lahja.Observation{Kind: lahja.SubscriptionEnded, Time: time.Now(), Endpoint: s.endpoint.Name(),
		Event: s.Type().Name, Shape: s.Type().Shape, Subscription: s.number})
}

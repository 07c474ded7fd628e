package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
)

// backend makes an exchange for every run.
type backend struct{}

func (backend) Name() string { return "exchange" }

func (backend) Capabilities() engine.Capabilities {
	return engine.CapabilitySet(engine.Drain, engine.OrderAcrossSenders).Union(engine.Capabilities{engine.MaxPayload: lahja.DefaultMaxPayload})
}

func (backend) Open(context.Context, engine.Site) (engine.Network, error) {
	return network{newExchange()}, nil
}

func (backend) Join(context.Context, engine.Site, map[string]string) (engine.Network, error) {
	return nil, errors.New("an exchange is within one process; run it with a goroutine engine")
}

// network is an exchange during one run.
type network struct{ exchange *exchange }

func (n network) Config(name string) lahja.ConnectionConfig {
	return lahja.ConnectionConfig{Name: name}
}

func (n network) Params() map[string]string { return nil }

func (n network) RunEndpoint(_ context.Context, name string, o engine.EndpointOptions) (lahja.EndpointAPI, error) {
	e, err := open(n.exchange, name, o)
	if err != nil {
		return nil, err
	}
	return e, nil
}

func (n network) ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, o engine.EndpointOptions) (lahja.EndpointAPI, error) {
	e, err := open(n.exchange, config.Name, o)
	if err != nil {
		return nil, err
	}
	if err := n.exchange.serve(e); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	e.core.Serving()
	return e, nil
}

// Close lists the endpoints that were left open.
func (n network) Close() []string {
	n.exchange.mu.Lock()
	defer n.exchange.mu.Unlock()
	var left []string
	for e := range n.exchange.open {
		left = append(left, fmt.Sprintf("endpoint: %s was not closed", e.Name()))
	}
	return left
}

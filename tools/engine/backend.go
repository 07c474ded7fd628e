package engine

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
)

// Backend is an endpoint implementation on some transport.
type Backend interface {
	// Name is short and unique: "unix".
	Name() string
	// Capabilities is what its endpoints can do.
	Capabilities() Capabilities
	// Open makes what the endpoints of one run share. It is called once a run,
	// in the parent where drivers are processes.
	Open(ctx context.Context, site Site) (Network, error)
	// Join is Open in a child: it gets the Params of what the parent opened.
	// Backends that live in one process alone return an error.
	Join(ctx context.Context, site Site, params map[string]string) (Network, error)
}

// Proxied is offered by backends whose connections can go through a proxy, which makes faults.
type Proxied interface {
	// ProxyNetwork is the network of package net, "tcp" or "unix", that listeners are on which the
	// run's Names know; "" if there is none.
	ProxyNetwork() string
}

// Arranger is offered by networks that place endpoints by their order in the scenario.
type Arranger interface {
	// Arrange is told the endpoints of the drivers, in their order, before any of them is opened;
	// "" stands for a driver without one. Where drivers are processes it is called in the parent,
	// before Params.
	Arrange(endpoints []string)
}

// Arrange tells a network who takes part, if it is an Arranger.
func Arrange(n Network, drivers []Driver) {
	a, ok := n.(Arranger)
	if !ok {
		return
	}
	endpoints := make([]string, len(drivers))
	for i, d := range drivers {
		if with, ok := d.(interface{ Endpoint() string }); ok {
			endpoints[i] = with.Endpoint()
		}
	}
	a.Arrange(endpoints)
}

// Network is a backend during one run.
type Network interface {
	// Config is Session.Config.
	Config(name string) lahja.ConnectionConfig
	// Params is what a child needs to join.
	Params() map[string]string
	// RunEndpoint opens an endpoint that does not listen.
	RunEndpoint(ctx context.Context, name string, options EndpointOptions) (lahja.EndpointAPI, error)
	// ServeEndpoint opens an endpoint that listens at config.
	ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, options EndpointOptions) (lahja.EndpointAPI, error)
	// Close ends the network and lists what endpoints left open, one sentence
	// each.
	Close() []string
}

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

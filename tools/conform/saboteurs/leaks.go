package saboteurs

import (
	"context"
	"sync/atomic"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// leaky leaves something behind with every tenth connection of a run.
type leaky struct {
	endpoint
	connected *atomic.Int64
	leak      func(ctx context.Context, config lahja.ConnectionConfig) error
}

func leaks(leak func(t p2p.Transport) func(context.Context, lahja.ConnectionConfig) error) func(p2p.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
	return func(t p2p.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
		var connected atomic.Int64
		return func(ep lahja.EndpointAPI) lahja.EndpointAPI { return leaky{endpoint{ep}, &connected, leak(t)} }
	}
}

func (l leaky) ConnectToEndpoints(ctx context.Context, configs ...lahja.ConnectionConfig) error {
	if err := l.EndpointAPI.ConnectToEndpoints(ctx, configs...); err != nil {
		return err
	}
	if l.connected.Add(1)%10 != 0 {
		return nil
	}
	return l.leak(ctx, configs[0])
}

func leakGoroutine(p2p.Transport) func(context.Context, lahja.ConnectionConfig) error {
	return func(context.Context, lahja.ConnectionConfig) error {
		go func() { select {} }()
		return nil
	}
}

func leakConnection(t p2p.Transport) func(context.Context, lahja.ConnectionConfig) error {
	return func(ctx context.Context, config lahja.ConnectionConfig) error {
		_, err := t.Dial(ctx, config.Address)
		return err
	}
}

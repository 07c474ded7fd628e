package saboteurs

import (
	"context"
	"errors"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// connector replaces ConnectToEndpoints.
type connector struct {
	endpoint
	connect func(ctx context.Context, e endpoint, configs []lahja.ConnectionConfig) error
}

func (c connector) ConnectToEndpoints(ctx context.Context, configs ...lahja.ConnectionConfig) error {
	return c.connect(ctx, c.endpoint, configs)
}

func connects(connect func(context.Context, endpoint, []lahja.ConnectionConfig) error) func(p2p.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
	return each(func(e endpoint) lahja.EndpointAPI { return connector{e, connect} })
}

// oneByOne connects to one endpoint after the other.
func oneByOne(ctx context.Context, e endpoint, configs []lahja.ConnectionConfig) error {
	for _, config := range configs {
		if err := e.EndpointAPI.ConnectToEndpoints(ctx, config); err != nil {
			return err
		}
	}
	return nil
}

// whetherRefusedOrNot does not report a refusal.
func whetherRefusedOrNot(ctx context.Context, e endpoint, configs []lahja.ConnectionConfig) error {
	err := e.EndpointAPI.ConnectToEndpoints(ctx, configs...)
	if errors.Is(err, lahja.ErrConnectionAttemptRejected) {
		return nil
	}
	return err
}

// overAndOver tries again after a timeout, until its context ends.
func overAndOver(ctx context.Context, e endpoint, configs []lahja.ConnectionConfig) error {
	for {
		err := e.EndpointAPI.ConnectToEndpoints(ctx, configs...)
		if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			return err
		}
	}
}

// withoutCause reports an unanswered attempt only as a timeout.
func withoutCause(ctx context.Context, e endpoint, configs []lahja.ConnectionConfig) error {
	err := e.EndpointAPI.ConnectToEndpoints(ctx, configs...)
	if errors.Is(err, lahja.ErrNoListener) {
		return &lahja.Error{Op: "connect", Endpoint: e.Name(), Kind: lahja.ErrNoListener, Err: context.DeadlineExceeded}
	}
	return err
}

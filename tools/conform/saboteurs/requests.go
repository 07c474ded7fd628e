package saboteurs

import (
	"context"
	"errors"

	"github.com/lahja/go-lahja/lahja"
)

// asker does something of its own for a request.
type asker struct {
	endpoint
	request func(ctx context.Context, e endpoint, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Received, error)
}

func (a asker) Request(ctx context.Context, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Received, error) {
	return a.request(ctx, a.endpoint, payload, want, config)
}

func asks(request func(context.Context, endpoint, any, lahja.EventType, lahja.BroadcastConfig) (lahja.Received, error)) func(lahja.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
	return each(func(e endpoint) lahja.EndpointAPI { return asker{e, request} })
}

// notItself asks all but the endpoint itself.
func notItself(ctx context.Context, e endpoint, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Received, error) {
	if len(config.FilterEndpoints) > 0 || config.Internal {
		return e.EndpointAPI.Request(ctx, payload, want, config)
	}
	config.FilterEndpoints = e.remoteSubscribers(payload)
	if len(config.FilterEndpoints) == 0 {
		return lahja.Received{}, &lahja.Error{Op: "request", Endpoint: e.Name(), Kind: lahja.ErrNoSubscribers}
	}
	return e.EndpointAPI.Request(ctx, payload, want, config)
}

// inVain waits for an answer where nobody was asked.
func inVain(ctx context.Context, e endpoint, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Received, error) {
	r, err := e.EndpointAPI.Request(ctx, payload, want, config)
	if errors.Is(err, lahja.ErrNoSubscribers) {
		<-ctx.Done()
		return r, context.Cause(ctx)
	}
	return r, err
}

// namingNobody does not say who has gone.
func namingNobody(ctx context.Context, e endpoint, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Received, error) {
	r, err := e.EndpointAPI.Request(ctx, payload, want, config)
	if errors.Is(err, lahja.ErrRemoteDisconnected) {
		err = &lahja.Error{Op: "request", Endpoint: e.Name(), Kind: lahja.ErrRemoteDisconnected}
	}
	return r, err
}

package saboteurs

import (
	"context"
	"errors"

	"github.com/lahja/go-lahja/lahja"
)

// broadcaster does something of its own for a broadcast. Answers are broadcasts
// of the endpoint within, and pass it by.
type broadcaster struct {
	endpoint
	broadcast func(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error
}

func (b broadcaster) Broadcast(ctx context.Context, payload any, config lahja.BroadcastConfig) error {
	return b.broadcast(ctx, b.endpoint, payload, config)
}

func broadcasts(broadcast func(context.Context, endpoint, any, lahja.BroadcastConfig) error) func(lahja.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
	return each(func(e endpoint) lahja.EndpointAPI { return broadcaster{e, broadcast} })
}

func isAnswerTo(config lahja.BroadcastConfig) bool { return !config.FilterEventID.IsZero() }

// toAll sends what has a filter to all others too that subscribe to it.
func toAll(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	err := e.EndpointAPI.Broadcast(ctx, payload, config)
	others := e.remoteSubscribers(payload, config.FilterEndpoints...)
	if err != nil || len(config.FilterEndpoints) == 0 || isAnswerTo(config) || len(others) == 0 {
		return err
	}
	config.FilterEndpoints = others
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

// publicly sends internal events to the peers that subscribe to them too.
func publicly(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	err := e.EndpointAPI.Broadcast(ctx, payload, config)
	others := e.remoteSubscribers(payload)
	if err != nil || !config.Internal || isAnswerTo(config) || len(others) == 0 {
		return err
	}
	config.Internal, config.FilterEndpoints = false, others
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

// toOthers leaves the endpoint itself out where a peer subscribes too.
func toOthers(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	others := e.remoteSubscribers(payload)
	if !config.Internal && !isAnswerTo(config) && len(config.FilterEndpoints) == 0 && len(others) > 0 {
		config.FilterEndpoints = others
	}
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

// unchecked requires no subscribers.
func unchecked(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	config.AllowNoSubscribers = true
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

// regardless says nothing of full queues.
func regardless(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	err := e.EndpointAPI.Broadcast(ctx, payload, config)
	if config.NoWait && errors.Is(err, lahja.ErrQueueFull) {
		return nil
	}
	return err
}

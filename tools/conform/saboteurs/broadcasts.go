package saboteurs

import (
	"context"
	"errors"
	"reflect"

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

// anyType says nothing of types that cannot be events.
func anyType(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	if _, err := lahja.TypeOfValue(payload); errors.Is(err, lahja.ErrInvalid) {
		return nil
	}
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

// rebroadcast takes a received event for what it carries.
func rebroadcast(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	switch p := payload.(type) {
	case lahja.Received:
		payload = p.Data()
	case interface{ Received() lahja.Received }:
		payload = p.Received().Data()
	}
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

// withoutContradiction takes what is internal for internal, whatever else it is.
func withoutContradiction(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	if config.Internal {
		config.FilterEndpoints = nil
	}
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

// alwaysChecked requires subscribers.
func alwaysChecked(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	config.AllowNoSubscribers = false
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

// valuesOnly broadcasts nothing that is pointed at.
func valuesOnly(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	if reflect.ValueOf(payload).Kind() == reflect.Pointer {
		return &lahja.Error{Op: "broadcast", Endpoint: e.Name(), Kind: lahja.ErrInvalid, Detail: "the event is a pointer"}
	}
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

// dropsHasty drops what must not wait.
func dropsHasty(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	if config.NoWait {
		return nil
	}
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

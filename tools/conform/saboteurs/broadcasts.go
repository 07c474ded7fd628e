package saboteurs

import (
	"context"
	"errors"
	"reflect"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// broadcaster replaces Broadcast. Answers do not pass it: the inner endpoint sends them.
type broadcaster struct {
	endpoint
	broadcast func(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error
}

func (b broadcaster) Broadcast(ctx context.Context, payload any, config lahja.BroadcastConfig) error {
	return b.broadcast(ctx, b.endpoint, payload, config)
}

func broadcasts(broadcast func(context.Context, endpoint, any, lahja.BroadcastConfig) error) func(p2p.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
	return each(func(e endpoint) lahja.EndpointAPI { return broadcaster{e, broadcast} })
}

func isAnswerTo(config lahja.BroadcastConfig) bool { return !config.FilterEventID.IsZero() }

// toAll also sends events with a filter to all other subscribers.
func toAll(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	err := e.EndpointAPI.Broadcast(ctx, payload, config)
	others := e.remoteSubscribers(payload, config.FilterEndpoints...)
	if err != nil || len(config.FilterEndpoints) == 0 || isAnswerTo(config) || len(others) == 0 {
		return err
	}
	config.FilterEndpoints = others
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

// publicly also sends internal events to the peers that subscribe to them.
func publicly(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	err := e.EndpointAPI.Broadcast(ctx, payload, config)
	others := e.remoteSubscribers(payload)
	if err != nil || !config.Internal || isAnswerTo(config) || len(others) == 0 {
		return err
	}
	config.Internal, config.FilterEndpoints = false, others
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

// toOthers leaves out the endpoint itself if a peer also subscribes.
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

// anyType does not report types that cannot be events.
func anyType(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	if _, err := lahja.TypeOfValue(payload); errors.Is(err, lahja.ErrInvalid) {
		return nil
	}
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

// regardless does not report full queues.
func regardless(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	err := e.EndpointAPI.Broadcast(ctx, payload, config)
	if config.NoWait && errors.Is(err, lahja.ErrQueueFull) {
		return nil
	}
	return err
}

// rebroadcast broadcasts the data of a received event.
func rebroadcast(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	switch p := payload.(type) {
	case lahja.Received:
		payload = p.Data()
	case interface{ Received() lahja.Received }:
		payload = p.Received().Data()
	}
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

// withoutContradiction treats an internal event as internal, whatever else its config says.
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

// valuesOnly refuses pointers.
func valuesOnly(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	if reflect.ValueOf(payload).Kind() == reflect.Pointer {
		return &lahja.Error{Op: "broadcast", Endpoint: e.Name(), Kind: lahja.ErrInvalid, Detail: "the event is a pointer"}
	}
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

// dropsHasty drops events that must not wait.
func dropsHasty(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	if config.NoWait {
		return nil
	}
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

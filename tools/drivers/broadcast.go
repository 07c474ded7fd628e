package drivers

import (
	"context"
	"reflect"

	"github.com/lahja/go-lahja/lahja"
)

// Broadcast broadcasts an event. At most one config may be given.
func Broadcast(event any, config ...lahja.BroadcastConfig) Action {
	return newAction("Broadcast", eventArgs(event, config), func(ctx context.Context, s *Scope) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		return lahja.Broadcast(ctx, ep, event, config...)
	}).sending(eventOf(reflect.TypeOf(event)), config...)
}

// BroadcastNowait broadcasts an event and fails where it would have to wait.
func BroadcastNowait(event any, config ...lahja.BroadcastConfig) Action {
	return newAction("BroadcastNowait", eventArgs(event, config), func(_ context.Context, s *Scope) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		return lahja.BroadcastNowait(ep, event, config...)
	}).sending(eventOf(reflect.TypeOf(event)), config...)
}

// WaitAnyThenBroadcast waits until any endpoint, oneself included, subscribes to
// the event's type, and broadcasts it.
func WaitAnyThenBroadcast[T any](event T, config ...lahja.BroadcastConfig) Action {
	return newAction("WaitAnyThenBroadcast", eventArgs(event, config), func(ctx context.Context, s *Scope) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		if err := lahja.WaitUntilAnyEndpointSubscribedTo[T](ctx, ep); err != nil {
			return err
		}
		return lahja.Broadcast(ctx, ep, event, config...)
	}).waits("any endpoint that subscribes to %s", nameOf[T]()).sending(eventType[T](), config...).awaiting(eventType[T](), "")
}

func eventArgs(event any, config []lahja.BroadcastConfig) []any {
	args := []any{event}
	for _, c := range config {
		args = append(args, c)
	}
	return args
}

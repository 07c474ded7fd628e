package drivers

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
)

// Subscribe calls handler for every event of type T from now on. An error of the
// handler, or a failed assertion in it, fails the driver unless HandlerThrows
// expects it. The subscription is saved to the slot, if one is given.
func Subscribe[T any](handler On[lahja.Event[T]], into ...*Slot[*lahja.Subscription]) Action {
	a := newAction(generic[T]("Subscribe"), append([]any{rawText("func")}, slotArgs(into)...), nil).subscribing(eventType[T]())
	a.given(handler, handles)
	a.run = func(ctx context.Context, s *Scope) error {
		return subscribe(ctx, s, a, lahja.SubscribeConfig{}, handler, into)
	}
	return a
}

// SubscribeWith is Subscribe with a config: a queue group, a bound of the queue, and
// what becomes of events for which there is no room.
func SubscribeWith[T any](config lahja.SubscribeConfig, handler On[lahja.Event[T]], into ...*Slot[*lahja.Subscription]) Action {
	a := newAction(generic[T]("SubscribeWith"), append([]any{config, rawText("func")}, slotArgs(into)...), nil).subscribing(eventType[T]())
	a.given(handler, handles)
	a.run = func(ctx context.Context, s *Scope) error { return subscribe(ctx, s, a, config, handler, into) }
	return a
}

// subscribe subscribes for an action, to which the handler's failures belong.
func subscribe[T any](ctx context.Context, s *Scope, a *action, config lahja.SubscribeConfig, handler On[lahja.Event[T]], into []*Slot[*lahja.Subscription]) error {
	index := int(s.index.Load())
	ep, err := s.needEndpoint()
	if err != nil {
		return err
	}
	handler = watched(ctx, s, handler)
	sub, err := lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[T]) error {
		s.turn(ctx, handling{a})
		if err := s.handle(ctx, func(ctx context.Context, s *Scope) error { return handler(ctx, s, e) }); err != nil {
			return &subscribedError{action: a, index: index, err: err}
		}
		return nil
	}, config)
	if err != nil {
		return err
	}
	for _, slot := range into {
		if err := slot.Save(ctx, s, sub); err != nil {
			return err
		}
	}
	return nil
}

// handling is what a driver does whose handler is called.
type handling struct{ subscribed *action }

func (h handling) String() string { return "handler of " + h.subscribed.String() }

// Unsubscribe ends the subscription in the slot.
func Unsubscribe(subscription *Slot[*lahja.Subscription]) Action {
	return newAction("Unsubscribe", []any{subscription}, func(_ context.Context, s *Scope) error {
		sub, err := subscription.Load(s)
		if err != nil {
			return err
		}
		sub.Close()
		return nil
	})
}

func slotArgs[T any](slots []*Slot[T]) []any {
	args := make([]any, len(slots))
	for i, slot := range slots {
		args[i] = slot
	}
	return args
}

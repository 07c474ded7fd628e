package drivers

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
)

// Subscribe calls handler for every event of type T from now on. An error of the
// handler, or a failed assertion in it, fails the driver unless HandlerThrows
// expects it. The subscription is saved to the slot, if one is given.
func Subscribe[T any](handler On[lahja.Event[T]], into ...*Slot[*lahja.Subscription]) Action {
	args := append([]any{rawText("func")}, slotArgs(into)...)
	return newAction(generic[T]("Subscribe"), args, func(ctx context.Context, s *Scope) error {
		return subscribe(s, handler, into)
	})
}

func subscribe[T any](s *Scope, handler On[lahja.Event[T]], into []*Slot[*lahja.Subscription]) error {
	ep, err := s.needEndpoint()
	if err != nil {
		return err
	}
	sub, err := lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[T]) error {
		return protect(func() error { return handler(ctx, s, e) })
	})
	if err != nil {
		return err
	}
	for _, slot := range into {
		if err := slot.save(s, sub); err != nil {
			return err
		}
	}
	return nil
}

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

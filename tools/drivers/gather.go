package drivers

import "context"

// Append is an On that appends what was received to the slice in the slot. Given
// to Subscribe it gathers what a handler sees.
func Append[T any](into *Slot[[]T]) On[T] {
	return func(_ context.Context, scope *Scope, v T) error {
		into.mu.Lock()
		defer into.mu.Unlock()
		if err := into.own(scope); err != nil {
			return err
		}
		into.value, into.saved = append(into.value, v), true
		return nil
	}
}

// Gathered hands what Append has put into the slot so far, nothing included, to
// each of on.
func Gathered[T any](slot *Slot[[]T], on ...On[[]T]) Action {
	a := newAction("Gathered", append([]any{slot}, handlerArgs(on)...), func(ctx context.Context, s *Scope) error {
		slot.mu.Lock()
		values, err := slot.value, slot.foreign(s)
		slot.mu.Unlock()
		if err != nil {
			return err
		}
		return callAll(ctx, s, values, on)
	})
	return callingAll(a, on)
}

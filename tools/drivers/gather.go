package drivers

import "context"

// Append is an On that appends what was received to the slice in the slot. Given
// to Subscribe it gathers what a handler sees.
func Append[T any](into *Slot[[]T]) On[T] {
	return func(_ context.Context, scope *Scope, v T) error {
		into.mu.Lock()
		defer into.mu.Unlock()
		if into.owner != nil && into.owner != scope.driver {
			return into.foreign(scope)
		}
		into.owner, into.value, into.saved = scope.driver, append(into.value, v), true
		return nil
	}
}

// Gathered hands what Append has put into the slot so far, nothing included, to
// each of on.
func Gathered[T any](slot *Slot[[]T], on ...On[[]T]) Action {
	return newAction("Gathered", append([]any{slot}, handlerArgs(on)...), func(ctx context.Context, s *Scope) error {
		slot.mu.Lock()
		values, owner := slot.value, slot.owner
		slot.mu.Unlock()
		if owner != nil && owner != s.driver {
			return slot.foreign(s)
		}
		return callAll(ctx, s, values, on)
	})
}

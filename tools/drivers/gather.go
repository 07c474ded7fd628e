package drivers

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
)

// Append is an On that appends what was received to the slice in the slot. Given
// to Subscribe it gathers what a handler sees.
func Append[T any](into *Slot[[]T]) On[T] {
	return func(_ context.Context, scope *Scope, v T) error {
		into.change(scope, func(all []T) []T { return append(all, v) })
		return nil
	}
}

// Gathered takes the events that Append has put into the slot so far, nothing included. They
// stay there.
func Gathered[T any](slot *Slot[[]lahja.Event[T]]) *Many[T] {
	return newMany("Gathered", []any{slot}, func(_ context.Context, s *Scope, check func([]lahja.Event[T]) error) error {
		events, _ := slot.value(s)
		return check(events)
	})
}

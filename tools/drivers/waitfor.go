package drivers

import (
	"context"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
)

// WaitFor waits for the next event of type T.
func WaitFor[T any]() *One[T] { return waitFor[T](generic[T]("WaitFor"), nil) }

func waitFor[T any](name string, args []any) *One[T] {
	a := newOne(name, args, func(ctx context.Context, s *Scope) (e lahja.Event[T], err error) {
		ep, err := s.needEndpoint()
		if err != nil {
			return e, err
		}
		e, err = lahja.WaitFor[T](ctx, ep)
		if err == nil {
			sawEvents(ctx, s, e)
		}
		return e, err
	})
	a.waits("an event of type %s", nameOf[T]()).taking(eventType[T]())
	return a
}

// Receives waits for the next event of want's type, and fails unless its data equals want. It
// is the other end of Broadcast(want).
func Receives[T any](want T) *One[T] {
	a := waitFor[T]("Receives", []any{want})
	a.wants(want)
	a.checks = append(a.checks, dataMatches[T](gomega.Equal(want)))
	return a
}

// callAll hands v to each of on, up to the first error.
func callAll[T any](ctx context.Context, s *Scope, v T, on []On[T]) error {
	for _, f := range on {
		if err := f(ctx, s, v); err != nil {
			return err
		}
	}
	return nil
}

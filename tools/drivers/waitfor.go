package drivers

import (
	"context"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
)

// WaitFor waits for the next event of type T and hands it to each of on.
func WaitFor[T any](on ...On[lahja.Event[T]]) Action {
	a := newAction(generic[T]("WaitFor"), handlerArgs(on), func(ctx context.Context, s *Scope) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		e, err := lahja.WaitFor[T](ctx, ep)
		if err != nil {
			return err
		}
		sawEvents(ctx, s, e)
		return callAll(ctx, s, e, on)
	}).waits("an event of type %s", nameOf[T]())
	return callingAll(a, on).taking(eventType[T]())
}

// Receive waits for the next event of want's type, and fails unless its data
// equals want. It is the other end of Broadcast(want).
func Receive[T any](want T) Action {
	a := WaitFor(Data[T](gomega.Equal(want))).(*action)
	a.name, a.args = "Receive", []any{want}
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

func handlerArgs[T any](on []On[T]) []any {
	args := make([]any, len(on))
	for i := range on {
		args[i] = rawText("func")
	}
	return args
}

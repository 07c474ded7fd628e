package drivers

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
)

// WaitFor waits for the next event of type T and hands it to each of on.
func WaitFor[T any](on ...On[lahja.Event[T]]) Action {
	return newAction(generic[T]("WaitFor"), handlerArgs(on), func(ctx context.Context, s *Scope) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		e, err := lahja.WaitFor[T](ctx, ep)
		if err != nil {
			return err
		}
		return callAll(ctx, s, e, on)
	}).waits("an event of type %s", nameOf[T]())
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

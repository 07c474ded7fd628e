package drivers

import (
	"context"
	"errors"
	"fmt"

	"github.com/onsi/gomega/types"

	"github.com/lahja/go-lahja/tools/engine"
)

// Throws holds if the action fails with want, by errors.Is. It does not hold when
// the action ran into a timeout that it did not set itself, or when the driver was
// stopped; a bound set by Within inside may be expected to pass
// (context.DeadlineExceeded).
func Throws(a Action, want error) Action {
	return throws("Throws", a, []any{want}, func(err error) error {
		if errors.Is(err, want) {
			return nil
		}
		return fmt.Errorf("want an error that is %q", want)
	})
}

// ThrowsAs holds if the action fails with an error of type E, by errors.As, for
// which each check returns nil.
func ThrowsAs[E error](a Action, checks ...func(err E) error) Action {
	return throws(generic[E]("ThrowsAs"), a, nil, func(err error) error {
		var target E
		if !errors.As(err, &target) {
			return fmt.Errorf("want an error of type %T", target)
		}
		for _, check := range checks {
			if err := check(target); err != nil {
				return err
			}
		}
		return nil
	})
}

// ThrowsMatching holds if the action fails with an error that the Gomega matcher
// accepts.
func ThrowsMatching(a Action, matcher types.GomegaMatcher) Action {
	return throws("ThrowsMatching", a, []any{rawText(nameOfValue(matcher))}, func(err error) error { return match(err, matcher) })
}

func throws(name string, a Action, args []any, accept func(error) error) Action {
	expecting := newAction(name, args, func(ctx context.Context, s *Scope) error {
		err := s.Run(ctx, a)
		switch {
		case err == nil:
			return &throwsError{message: fmt.Sprintf("%s succeeded, and was to fail", a)}
		case ctx.Err() != nil:
			return err
		case is[*panicError](err), is[*engine.IgnoredError](err), errors.Is(err, engine.ErrGoexit):
			return &throwsError{message: fmt.Sprintf("%s was to fail with an error, and did not return one: %v", a, err), err: err}
		case is[*timeoutError](err):
			return &throwsError{message: fmt.Sprintf("%s was to fail, but ran into a timeout first: %v; "+
				"where a timeout is what you expect, set it with Within", a, err), err: err}
		}
		if mismatch := accept(err); mismatch != nil {
			return &throwsError{message: fmt.Sprintf("%s failed, but with another error: %v; got %q (%s)", a, mismatch, err, chain(err)), err: err}
		}
		return nil
	}).of(a)
	expecting.expectsFailure = true
	return expecting
}

// chain names the types that an error wraps, outermost first.
func chain(err error) string {
	text := ""
	for err != nil {
		if _, own := err.(*actionError); !own {
			if text != "" {
				text += " < "
			}
			text += fmt.Sprintf("%T", err)
		}
		err = errors.Unwrap(err)
	}
	return text
}

// HandlerThrows waits for a bus handler of this driver to fail with want, by
// errors.Is. A driver that contains it is not failed by its handlers at once;
// failures that no HandlerThrows took fail it at its end.
func HandlerThrows(want error) Action {
	a := newAction("HandlerThrows", []any{want}, func(ctx context.Context, s *Scope) error {
		for {
			failed, ok := s.takeCaught()
			switch {
			case ok && errors.Is(failed.Err, want):
				return nil
			case ok:
				return &throwsError{message: fmt.Sprintf("a handler failed, but with another error: want %q, got %q", want, failed.Err), err: failed.Err}
			}
			select {
			case <-s.caughtOne:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}).waits("a bus handler that fails with %q", want)
	a.catches = true
	return a
}

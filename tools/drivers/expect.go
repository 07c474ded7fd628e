package drivers

import (
	"context"
	"errors"
	"fmt"

	"github.com/onsi/gomega/types"

	"github.com/lahja/go-lahja/lahja"
)

// Expect holds the value in the slot against a Gomega matcher.
func Expect[T any](actual *Slot[T], matcher types.GomegaMatcher) Action {
	return newAction("Expect", []any{actual, rawText(nameOfValue(matcher))}, func(_ context.Context, s *Scope) error {
		v, err := actual.Load(s)
		if err != nil {
			return err
		}
		return match(v, matcher)
	})
}

// ExpectFunc holds the value in the slot against a function, whose error is the
// action's.
func ExpectFunc[T any](actual *Slot[T], check func(v T) error) Action {
	return newAction("ExpectFunc", []any{actual, rawText("func")}, func(_ context.Context, s *Scope) error {
		v, err := actual.Load(s)
		if err != nil {
			return err
		}
		return check(v)
	}).given(check, computes)
}

// ExpectEndpoint holds the driver's endpoint against a Gomega matcher.
func ExpectEndpoint(matcher types.GomegaMatcher) Action {
	return newAction("ExpectEndpoint", []any{rawText(nameOfValue(matcher))}, func(_ context.Context, s *Scope) error {
		return match(s.Endpoint(), matcher)
	})
}

// ExpectEndpointFunc holds the driver's endpoint against a function, whose error
// is the action's.
func ExpectEndpointFunc(name string, check func(ep lahja.EndpointAPI) error) Action {
	a := newAction("ExpectEndpointFunc", []any{name}, func(_ context.Context, s *Scope) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		return check(ep)
	})
	return a.calling(check)
}

// Matching is an On that holds what was received against a Gomega matcher.
func Matching[T any](matcher types.GomegaMatcher) On[T] {
	return func(_ context.Context, _ *Scope, v T) error { return match(v, matcher) }
}

// Data is an On that holds the data of a received event against a Gomega
// matcher:
//
//	drivers.WaitFor[Tick](drivers.Data[Tick](Equal(Tick{N: 3})))
func Data[T any](matcher types.GomegaMatcher) On[lahja.Event[T]] {
	return func(_ context.Context, _ *Scope, e lahja.Event[T]) error {
		if err := match(e.Data, matcher); err != nil {
			return fmt.Errorf("event from %s: %w", e.Origin(), err)
		}
		return nil
	}
}

func match(actual any, matcher types.GomegaMatcher) error {
	ok, err := matcher.Match(actual)
	if err != nil {
		return err
	}
	if !ok {
		return &assertionError{message: matcher.FailureMessage(actual)}
	}
	return nil
}

// Not holds where the action fails with the error of a query that does not hold.
// Any other error is its own.
func Not(query Action) Action {
	return newAction("Not", nil, func(ctx context.Context, s *Scope) error {
		err := s.Run(ctx, query)
		if err == nil {
			return errors.New(query.String() + " holds, and was not to")
		}
		if is[*queryError](err) {
			return nil
		}
		return err
	}).of(query)
}

package drivers

import (
	"context"
	"errors"
	"fmt"

	"github.com/onsi/gomega/types"

	"github.com/lahja/go-lahja/lahja"
)

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

// dataMatches holds the data of a received event against a Gomega matcher.
func dataMatches[T any](matcher types.GomegaMatcher) On[lahja.Event[T]] {
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

// DoesNotHold holds where the query fails because it does not hold. Any other error is its
// own.
func DoesNotHold(query Action) Action {
	return newAction("DoesNotHold", nil, func(ctx context.Context, s *Scope) error {
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

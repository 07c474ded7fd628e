package drivers

import (
	"context"
	"slices"

	"github.com/lahja/go-lahja/lahja"
)

// RequestAll sends a request and takes all answers, in the order in which they came, once
// everybody who was asked has answered or gone or the action's time is up. It fails, after
// the expectations, if one has gone unanswered, or has not answered, with the errors of all
// that have.
func RequestAll[Req lahja.Requester[Res], Res any](request Req) *Many[Res] {
	a := newMany("RequestAll", []any{request}, func(ctx context.Context, s *Scope, check func([]lahja.Event[Res]) error) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		replies := lahja.RequestAll(ctx, ep, request)
		answers := slices.Collect(replies.All())
		sawEvents(ctx, s, answers...)
		if err := check(answers); err != nil {
			return err
		}
		return replies.Err()
	})
	a.waits("a response of type %s from each who was asked", nameOf[Res]()).sending(eventType[Req]())
	a.requests = true
	return a
}

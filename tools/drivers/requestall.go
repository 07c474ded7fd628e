package drivers

import (
	"context"
	"slices"

	"github.com/lahja/go-lahja/lahja"
)

// RequestAll sends a request and hands all answers, in the order in which they came, to
// each of on, once everybody who was asked has answered or gone or the action's time is
// up. Then it fails if one has gone unanswered, or has not answered, with the errors of
// all that have.
func RequestAll[Req lahja.Requester[Res], Res any](request Req, on ...On[[]lahja.Event[Res]]) Action {
	a := newAction("RequestAll", append([]any{request}, handlerArgs(on)...), func(ctx context.Context, s *Scope) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		replies := lahja.RequestAll(ctx, ep, request)
		answers := slices.Collect(replies.All())
		sawEvents(ctx, s, answers...)
		if err := callAll(ctx, s, answers, on); err != nil {
			return err
		}
		return replies.Err()
	}).waits("a response of type %s from each who was asked", nameOf[Res]())
	return callingAll(a, on).sending(eventType[Req]())
}

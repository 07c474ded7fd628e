package lahja

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/lahja/go-lahja/lahja/internal/eventtype"
)

// Replies are the answers to one request. Range over them and check Err afterwards:
//
//	pongs := lahja.RequestAll(ctx, ep, Ping{N: 1})
//	for pong := range pongs.All() {
//		fmt.Println(pong.Data.N, pong.Origin())
//	}
//	if err := pongs.Err(); err != nil {
//		return err
//	}
//
// E is an Event (from RequestAll) or a Received (from AllAnswers). The zero value yields
// nothing, and its Err returns ErrInvalid.
type Replies[E any] struct {
	ask    func() (Answers, error)
	next   func(Answers) (E, error)
	text   func() string // for printing
	failed loopErrors
}

// RequestAll returns the answers to request. The loop over them sends the request. It
// yields each answer as it arrives, and ends when every endpoint that was asked has
// answered or gone. To stop after a number of answers, break; to stop at a deadline, use
// ctx. When the loop ends, the endpoint forgets the request. Nothing is sent before the
// loop, and each further loop sends the request again. Pass at most one config.
func RequestAll[Req Requester[Res], Res any](ctx context.Context, ep EndpointAPI, request Req, config ...BroadcastConfig) *Replies[Event[Res]] {
	c := one(config)
	return &Replies[Event[Res]]{
		ask:  func() (Answers, error) { return ask[Res](ctx, ep, request, c) },
		next: func(a Answers) (Event[Res], error) { return nextAnswer[Res](ctx, a) },
		text: func() string { return "answers to " + eventtype.NameOf(request) + " of " + ep.Name() },
	}
}

// AllAnswers is like RequestAll, for a request that you sent with EndpointAPI.Request. The
// end of the loop closes answers, so you can loop only once: after a second loop Err
// returns ErrLifecycle.
func AllAnswers(ctx context.Context, answers Answers) *Replies[Received] {
	return &Replies[Received]{
		ask:  func() (Answers, error) { return answers, nil },
		next: func(a Answers) (Received, error) { return a.Next(ctx) },
		text: func() string { return fmt.Sprint(answers) },
	}
}

// All yields the answers. Failures to answer are not among them; Err returns those.
func (r *Replies[E]) All() iter.Seq[E] {
	return func(yield func(E) bool) {
		r.failed.begin()
		if r.ask == nil {
			r.failed.finish(&Error{Op: "request", Kind: ErrInvalid, Detail: "the replies are the zero value; get them from RequestAll or AllAnswers"})
			return
		}
		answers, err := r.ask()
		if err != nil {
			r.failed.finish(err)
			return
		}
		defer answers.Close()
		for {
			e, err := r.next(answers)
			switch {
			case errors.Is(err, ErrNoMoreAnswers):
				return
			case err == nil:
				if !yield(e) {
					return
				}
			case isOfOne(err):
				r.failed.pass(err)
			default:
				r.failed.finish(err)
				return
			}
		}
	}
}

// Err returns what went wrong in the last loop. It is nil if every endpoint answered, or if
// the loop broke before anything went wrong. If the request could not be sent, it is that
// error. Otherwise it joins these:
//
//   - An endpoint went away without answering (ErrRemoteDisconnected), or its answer cannot
//     be used (ErrUnexpectedResponse, ErrTypeMismatch, ErrMalformed). The first 16 of these
//     errors are kept and the rest counted.
//   - The context ended: its error names the endpoints that had not answered. Or the
//     endpoint was closed (ErrLifecycle).
//
// During the loop, Err returns what has gone wrong so far. It is safe for concurrent use.
func (r *Replies[E]) Err() error { return r.failed.joined() }

package lahja

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
)

// Replies are the answers to one request, to range over:
//
//	pongs := lahja.RequestAll(ctx, ep, Ping{N: 1})
//	for pong := range pongs.All() {
//		fmt.Println(pong.Data.N, pong.Origin())
//	}
//	if err := pongs.Err(); err != nil {
//		return err
//	}
//
// E is an Event (RequestAll) or a Received (AllAnswers). Make one with either of them: the
// zero value yields nothing, and its Err is ErrInvalid.
type Replies[E any] struct {
	ask    func() (Answers, error)
	next   func(Answers) (E, error)
	text   func() string // what it prints as
	failed loopErrors
}

// RequestAll is a request for all answers. Its loop sends the request and yields each
// answer as it comes, until everybody who was asked has answered or gone; the end of the
// loop forgets the request. So one loop has three uses: all answers, a count (break), and
// what comes before a deadline (ctx). At most one config is allowed. Nothing is sent
// before the loop, and every further loop sends the request once more.
func RequestAll[Req Requester[Res], Res any](ctx context.Context, ep EndpointAPI, request Req, config ...BroadcastConfig) *Replies[Event[Res]] {
	c := one(config)
	return &Replies[Event[Res]]{
		ask:  func() (Answers, error) { return ask[Res](ctx, ep, request, c) },
		next: func(a Answers) (Event[Res], error) { return nextAnswer[Res](ctx, a) },
		text: func() string { return answersTo(eventOf(request), ep.Name()) },
	}
}

// AllAnswers is RequestAll for a request that was sent with EndpointAPI.Request. The end
// of the loop closes answers, so that there is one loop: in another one Err is
// ErrLifecycle.
func AllAnswers(ctx context.Context, answers Answers) *Replies[Received] {
	return &Replies[Received]{
		ask:  func() (Answers, error) { return answers, nil },
		next: func(a Answers) (Received, error) { return a.Next(ctx) },
		text: func() string { return fmt.Sprint(answers) },
	}
}

// All yields the answers. What took an answer's place is not among them, see Err.
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

// Err is what went wrong in the last loop, nil where everybody answered or the loop broke
// before anything did. It is the error with which the request was not sent, or else
// these, joined:
//
//   - what took the place of an answer: an endpoint went away and had not answered
//     (ErrRemoteDisconnected), or its answer cannot be used (ErrUnexpectedResponse,
//     ErrTypeMismatch, ErrMalformed). The first 16 are kept, and the others counted.
//   - the context's error, which names who had not answered when it ended, or
//     ErrLifecycle when the endpoint was closed.
//
// During the loop it is what has gone wrong so far. It is safe for concurrent use.
func (r *Replies[E]) Err() error { return r.failed.joined() }

// eventOf is the wire name of the payload's type as far as there is one.
func eventOf(payload any) string {
	if data, ok := dereference(payload); ok {
		if bound, ok := data.(alreadyBound); ok {
			return bound.boundAs()
		}
	}
	t, _ := TypeOfValue(payload)
	return t.Name
}

// dereference follows pointers to a copy of what they point at.
func dereference(payload any) (any, bool) {
	v := reflect.ValueOf(payload)
	if v.Kind() != reflect.Pointer {
		return payload, true
	}
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil, false
		}
		v = v.Elem()
	}
	return v.Interface(), true
}

package lahja

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/lahja/internal/caller"
)

// ErrNoMoreAnswers ends the answers to a request: everybody who was asked has answered
// or gone. It wraps io.EOF.
var ErrNoMoreAnswers = fmt.Errorf("no more answers: %w", io.EOF)

// Answers are the answers to one request, as they come. Close them when you are done.
// AllAnswers ranges over them. All methods are safe for concurrent use.
type Answers interface {
	// Next waits for the next answer, or until ctx ends: that error names who has not
	// answered. With a context that has ended it takes no answer. An endpoint that goes away and has not answered is an error that names
	// it (ErrRemoteDisconnected), and so is an answer that cannot be used
	// (ErrUnexpectedResponse, ErrTypeMismatch, ErrMalformed); after each of these
	// there may be others. When every endpoint has answered or gone it is
	// ErrNoMoreAnswers. An endpoint may answer more than once until then. After Close,
	// and when the endpoint is closed, it is ErrLifecycle.
	Next(ctx context.Context) (Received, error)

	// Asked names those to whom the request went, the endpoint itself first where it
	// was.
	Asked() []string

	// Close forgets the request: answers that come later are dropped, as those are that
	// nobody has taken. It is idempotent.
	Close()
}

func ask[Res any](ctx context.Context, ep EndpointAPI, request any, config BroadcastConfig) (Answers, error) {
	want, err := receivable[Res]("request", ep)
	if err != nil {
		return nil, err
	}
	if caller.MustNotWait() { // and before it is sent
		return nil, &Error{Op: "request", Endpoint: ep.Name(), Kind: ErrInvalid, Detail: waitsInline}
	}
	return ep.Request(ctx, request, want, config)
}

func nextAnswer[Res any](ctx context.Context, answers Answers) (Event[Res], error) {
	r, err := answers.Next(ctx)
	if err != nil {
		return Event[Res]{}, err
	}
	return As[Res](r)
}

// isOfOne tells whether an error of Answers.Next is about one endpoint of several.
func isOfOne(err error) bool {
	for _, kind := range []error{ErrRemoteDisconnected, ErrUnexpectedResponse, ErrTypeMismatch, ErrMalformed} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// firstOf is the first answer. That some have gone matters only when nobody is left.
func firstOf(ctx context.Context, answers Answers) (Received, error) {
	var lost error
	for {
		r, err := answers.Next(ctx)
		switch {
		case err == nil:
			return r, nil
		case errors.Is(err, ErrRemoteDisconnected):
			lost = err
		case lost != nil && errors.Is(err, ErrNoMoreAnswers):
			return Received{}, nobodyLeft(lost, answers.Asked())
		default:
			return Received{}, err
		}
	}
}

// nobodyLeft is the last loss as the error of the whole request.
func nobodyLeft(lost error, asked []string) error {
	last, ok := errors.AsType[*Error](lost)
	if !ok || last.Kind != ErrRemoteDisconnected {
		return lost
	}
	e := *last
	e.Detail = "nobody is left to answer; it went to " + brief.List(asked)
	return &e
}

const waitsInline = "an inline handler (SubscribeConfig.Inline) must not wait, as nothing is read from its peer meanwhile; " +
	"do it on another goroutine, or subscribe without Inline"

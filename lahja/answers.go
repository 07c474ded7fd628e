package lahja

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/lahja/go-lahja/internal/brief"
)

// ErrNoMoreAnswers ends the answers to a request: every endpoint that was asked has
// answered or gone. It wraps io.EOF.
var ErrNoMoreAnswers = fmt.Errorf("no more answers: %w", io.EOF)

// Answers delivers the answers to one request as they arrive. Close it when you are done.
// AllAnswers ranges over it. All methods are safe for concurrent use.
type Answers interface {
	// Next waits for the next answer, or until ctx ends; that error names the endpoints
	// that have not answered. If ctx has already ended, Next takes no answer. It returns an
	// error for an endpoint that went away without answering (ErrRemoteDisconnected), and
	// for an answer that cannot be used (ErrUnexpectedResponse, ErrTypeMismatch,
	// ErrMalformed). Other answers may follow each of these errors. When every endpoint has
	// answered or gone, Next returns ErrNoMoreAnswers. Until then an endpoint may answer
	// more than once. After Close, and after the endpoint has closed, Next returns
	// ErrLifecycle.
	Next(ctx context.Context) (Received, error)

	// Asked names the endpoints that the request went to. If the endpoint itself is one of
	// them, it comes first.
	Asked() []string

	// Close forgets the request. Later answers are dropped, and so are those that nobody
	// has taken. Closing again is safe.
	Close()
}

func ask[Res any](ctx context.Context, ep EndpointAPI, request any, config BroadcastConfig) (Answers, error) {
	want, err := receivable[Res]("request", ep)
	if err != nil {
		return nil, err
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

// isOfOne reports whether an error of Answers.Next concerns one of several endpoints.
func isOfOne(err error) bool {
	for _, kind := range []error{ErrRemoteDisconnected, ErrUnexpectedResponse, ErrTypeMismatch, ErrMalformed} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// firstOf returns the first answer. Endpoints that have gone matter only if no other is
// left.
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

// nobodyLeft turns the last endpoint's disconnect into the error of the whole request.
func nobodyLeft(lost error, asked []string) error {
	last, ok := errors.AsType[*Error](lost)
	if !ok || last.Kind != ErrRemoteDisconnected {
		return lost
	}
	e := *last
	e.Detail = "nobody is left to answer; it went to " + brief.List(asked)
	return &e
}

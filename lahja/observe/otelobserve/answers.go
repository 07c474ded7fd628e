package otelobserve

import (
	"context"
	"errors"
	"sync"

	"go.opentelemetry.io/otel/trace"

	"github.com/lahja/go-lahja/lahja"
)

// tracedAnswers ends a request's span when they are closed. The span's status is that of
// the last answer, because a caller that wants one answer calls Next until there is one.
type tracedAnswers struct {
	lahja.Answers
	span trace.Span
	once sync.Once

	mu     sync.Mutex
	failed error // the last answer's
}

func (a *tracedAnswers) Next(ctx context.Context) (lahja.Received, error) {
	r, err := a.Answers.Next(ctx)
	if !errors.Is(err, lahja.ErrNoMoreAnswers) {
		a.mu.Lock()
		a.failed = err
		a.mu.Unlock()
	}
	return r, err
}

func (a *tracedAnswers) Close() {
	a.Answers.Close()
	a.once.Do(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		end(a.span, a.failed)
	})
}

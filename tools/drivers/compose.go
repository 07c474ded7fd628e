package drivers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
)

// Sequence runs actions one after the other; it makes one action of several.
func Sequence(actions ...Action) Action {
	return newAction("Sequence", nil, func(ctx context.Context, s *Scope) error {
		return runAll(ctx, s, actions)
	}).of(actions...)
}

func runAll(ctx context.Context, s *Scope, actions []Action) error {
	for _, a := range actions {
		if err := s.Run(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// Parallel runs actions at once and waits for all. The first to fail stops the
// others, and is the failure.
func Parallel(actions ...Action) Action {
	a := newAction("Parallel", nil, func(ctx context.Context, s *Scope) error {
		return runParallel(ctx, s, actions)
	}).of(actions...)
	a.besides = true
	return a
}

var errSibling = errors.New("another action that ran in parallel failed")

func runParallel(ctx context.Context, s *Scope, actions []Action) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	var once sync.Once
	var first error
	for _, a := range actions {
		all.Go(func() {
			if err := s.Run(ctx, a); err != nil {
				once.Do(func() {
					first = err
					cancel(errSibling)
				})
			}
		})
	}
	all.Wait()
	return first
}

// Repeat runs actions, one after the other, n times. Zero is never; a negative n fails
// the vet.
func Repeat(n int, actions ...Action) Action {
	return newAction("Repeat", []any{n}, func(ctx context.Context, s *Scope) error {
		for round := range n {
			if err := runAll(ctx, s, actions); err != nil {
				return fmt.Errorf("round %d of %d: %w", round+1, n, err)
			}
		}
		return nil
	}).of(actions...).counts(n)
}

// boundError is the cause of a context whose Within has passed. Each call has its
// own, so that one inside another is told from it.
type boundError struct{ bound time.Duration }

func (e *boundError) Error() string { return fmt.Sprintf("the bound of %v has passed", e.bound) }

// Within bounds an action, instead of the timeout of the driver or the run; it
// may be longer or shorter. Where the action is made of others it bounds them all
// together. Its error is a context.DeadlineExceeded, which Throws may expect.
func Within(bound time.Duration, a Action) Action {
	within := newAction("Within", []any{bound}, func(ctx context.Context, s *Scope) error {
		passed := &boundError{bound}
		ctx, cancel := context.WithTimeoutCause(context.WithValue(ctx, boundedKey, true), bound, passed)
		defer cancel()
		err := s.Run(ctx, a)
		if context.Cause(ctx) == error(passed) {
			err = cmp.Or(err, errLate)
			return &actionError{action: a, kind: engine.FailedTimeout, err: &withinError{bound: bound, err: err}}
		}
		return err
	}).of(a)
	within.besides = true
	return within
}

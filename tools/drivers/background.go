package drivers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// task is a background action that has been started.
type task struct {
	cancel context.CancelCauseFunc
	done   chan struct{}
	err    error // to be read when done is closed
}

// errCancelled is the cause of a background action's context once Cancel ended it.
var errCancelled = errors.New("cancelled by the driver")

// Background starts an action and goes on. Join waits for it; what no Join waited
// for, the end of the driver does. A failure is the driver's at once, unless a Join
// of that name stands under Throws.
func Background(name string, a Action) Action {
	start := newAction("Background", []any{name}, func(ctx context.Context, s *Scope) error {
		return s.startTask(name, a)
	}).of(a)
	start.starts = name
	return start
}

// Join waits for the background action of that name; its failure is this one's.
func Join(name string) Action {
	a := newAction("Join", []any{name}, func(ctx context.Context, s *Scope) error {
		t, err := s.task(name)
		if err != nil {
			return err
		}
		select {
		case <-t.done:
			return t.err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}).waits("the background action %q", name)
	a.joins = name
	return a
}

// Cancel ends the context of the background action of that name and waits for it.
// That it was cancelled is no failure.
func Cancel(name string) Action {
	a := newAction("Cancel", []any{name}, func(ctx context.Context, s *Scope) error {
		t, err := s.task(name)
		if err != nil {
			return err
		}
		t.cancel(errCancelled)
		select {
		case <-t.done:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}).waits("the background action %q", name)
	a.joins = name
	return a
}

func (s *Scope) task(name string) (*task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.background[name]
	if t == nil {
		return nil, fmt.Errorf("no background action %q was started", name)
	}
	return t, nil
}

func (s *Scope) startTask(name string, a Action) error {
	t := &task{done: make(chan struct{})}
	whole := context.WithValue(s.whole, quietKey, true)
	if s.tracer != nil {
		whole = context.WithValue(whole, indexKey, int(s.index.Load()))
	}
	ctx, cancel := context.WithCancelCause(whole)
	t.cancel = cancel
	s.mu.Lock()
	if s.background == nil {
		s.background = map[string]*task{}
	}
	_, twice := s.background[name]
	if !twice {
		s.background[name] = t
	}
	s.mu.Unlock()
	if twice {
		cancel(nil)
		return fmt.Errorf("a background action %q was started already; give this one another name", name)
	}
	expected := s.driver.hasUnderThrows(func(a *action) bool { return a.joins == name })
	go func() {
		defer close(t.done)
		t.err = s.Run(ctx, a)
		if t.err != nil && ctx.Err() == nil && !expected {
			s.cancel(&outsideError{fmt.Errorf("background action %q: %w", name, t.err)})
		}
	}()
	return nil
}

// joinAll waits for all that was started in the background. They have bounds of
// their own; ctx is the driver's.
func (s *Scope) joinAll(ctx context.Context) {
	s.mu.Lock()
	tasks := slices.Collect(maps.Values(s.background))
	s.mu.Unlock()
	for _, t := range tasks {
		select {
		case <-t.done:
		case <-ctx.Done():
			return
		}
	}
}

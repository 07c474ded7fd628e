package drivers

import (
	"context"
	"fmt"
	"sync"
)

// task is a background action that has been started.
type task struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

// Background starts an action and goes on. Join waits for it. Where the driver
// has no Join of that name, the action's failure is the driver's at once, and
// the driver's end stops it.
func Background(name string, a Action) Action {
	start := newAction("Background", []any{name}, func(ctx context.Context, s *Scope) error {
		return s.startTask(ctx, name, a)
	}).of(a)
	start.starts = name
	return start
}

// Join waits for the background action of that name; its failure is this one's.
func Join(name string) Action {
	a := newAction("Join", []any{name}, func(ctx context.Context, s *Scope) error {
		s.mu.Lock()
		t := s.background[name]
		s.mu.Unlock()
		if t == nil {
			return fmt.Errorf("no background action %q was started", name)
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

func (s *Scope) startTask(ctx context.Context, name string, a Action) error {
	ctx, cancel := context.WithCancel(context.WithValue(ctx, quietKey, true))
	t := &task{cancel: cancel, done: make(chan struct{})}
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
		cancel()
		return fmt.Errorf("a background action %q was started already; give this one another name", name)
	}
	joined := s.driver.joins(name)
	go func() {
		defer close(t.done)
		defer cancel()
		t.err = s.Run(ctx, a)
		if t.err != nil && ctx.Err() == nil && !joined {
			s.cancel(&outsideError{fmt.Errorf("background action %q: %w", name, t.err)})
		}
	}()
	return nil
}

// joins tells whether the driver has a Join of that name.
func (d *Driver) joins(name string) bool {
	found := false
	walk(d.actions, func(a Action) {
		if own, ok := a.(*action); ok && own.joins == name {
			found = true
		}
	})
	return found
}

func (s *Scope) cancelBackground() []*task {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*task
	for _, t := range s.background {
		t.cancel()
		all = append(all, t)
	}
	return all
}

// endBackground stops what still runs in the background and waits for it.
func (s *Scope) endBackground(ctx context.Context) error {
	var waiting sync.WaitGroup
	for _, t := range s.cancelBackground() {
		waiting.Go(func() {
			select {
			case <-t.done:
			case <-ctx.Done():
			}
		})
	}
	waiting.Wait()
	return context.Cause(ctx)
}

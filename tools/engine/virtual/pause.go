package virtual

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/tools/engine"
)

// A paused driver starts nothing, learns of the end of nothing, and its endpoints neither read nor
// write. What it was doing within one step goes on unseen. A kernel goes on for a process that
// stands still: connections to it are made, what is sent to it arrives in its buffers, and no peer
// takes it for dead.

// Pause implements engine.Pauser.
func (s *session) Pause(ctx context.Context, driver string) error {
	s.lives.mu.Lock()
	defer s.lives.mu.Unlock()
	own, err := s.lives.other(ctx, driver, "pause")
	if err != nil {
		return err
	}
	switch {
	case own.paused != nil:
		return fmt.Errorf("driver %s is paused already", driver)
	case own.crashed || own.over():
		return fmt.Errorf("driver %s has ended", driver)
	}
	own.paused = make(chan struct{})
	s.lives.still.Add(1)
	for _, v := range own.views {
		v.stopped.Store(true)
	}
	return nil
}

// Resume implements engine.Pauser.
func (s *session) Resume(ctx context.Context, driver string) error {
	s.lives.mu.Lock()
	defer s.lives.mu.Unlock()
	own, err := s.lives.other(ctx, driver, "resume")
	switch {
	case err != nil:
		return err
	case s.lives.resumed[driver]:
		delete(s.lives.resumed, driver)
		return nil
	case own.paused == nil:
		return fmt.Errorf("driver %s is not paused", driver)
	}
	s.lives.goOn(own)
	return nil
}

// other finds the life of a driver to which the driver of ctx does something. The lock is held.
func (l *lives) other(ctx context.Context, driver, what string) (*life, error) {
	by := driverOf(ctx)
	if by == driver {
		return nil, fmt.Errorf("driver %s cannot %s itself: it would never go on", driver, what)
	}
	if doer := l.of[by]; doer != nil && doer.crashed {
		return nil, engine.ErrCrashed
	}
	own := l.of[driver]
	if own == nil {
		return nil, fmt.Errorf("no driver %q has begun; meet it at a checkpoint before", driver)
	}
	return own, nil
}

// goOn lets a driver go on if it is paused. The lock is held.
func (l *lives) goOn(own *life) {
	if own.paused == nil {
		return
	}
	close(own.paused)
	own.paused = nil
	l.still.Add(-1)
	for _, v := range own.views {
		v.goOn()
	}
}

// goOn lets an endpoint read and write again.
func (v *view) goOn() {
	v.stopped.Store(false)
	for _, l := range v.listening() {
		l.mu.Lock()
		l.changed.Broadcast()
		l.mu.Unlock()
	}
	for _, c := range v.faults.connections() {
		for _, l := range []*link{c.there, c.back} {
			l.mu.Lock()
			l.readable.Broadcast()
			l.writable.Broadcast()
			l.mu.Unlock()
		}
	}
}

// standing reports whether an endpoint is paused.
func (v *view) standing() bool { return v != nil && v.stopped.Load() }

// allGoOn lets all drivers go on: the run is to end.
func (l *lives) allGoOn() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, own := range l.of {
		l.goOn(own)
	}
}

// gate waits while a driver is paused, or until ctx ends. It reports whether it had to.
func (l *lives) gate(ctx context.Context, driver string) (waited bool) {
	for l.still.Load() > 0 {
		l.mu.Lock()
		var paused chan struct{}
		if own := l.of[driver]; own != nil {
			paused = own.paused
		}
		l.mu.Unlock()
		if paused == nil {
			return waited
		}
		waited = true
		select {
		case <-paused:
		case <-ctx.Done():
			return waited
		}
	}
	return waited
}

// standing lists the drivers that are paused.
func (l *lives) standing() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	for _, name := range slices.Sorted(maps.Keys(l.of)) {
		if l.of[name].paused != nil {
			all = append(all, name)
		}
	}
	return strings.Join(all, " and ")
}

// turnOf waits for the turn of a driver that is not paused.
func (s *session) turnOf(ctx context.Context, driver string, what fmt.Stringer) {
	for {
		s.schedule.turn(ctx, driver, what)
		if !s.lives.gate(ctx, driver) || ctx.Err() != nil {
			return
		}
	}
}

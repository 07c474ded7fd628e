package drivers

import (
	"context"
	"fmt"
	"sync"

	"github.com/lahja/go-lahja/tools/engine"
)

// Go calls fn on a goroutine of its own. The action, or the bus handler, that called Go
// waits until fn has returned. A failed assertion or a panic of fn ends the action's
// context and is the action's failure. fn must return when that context ends; the
// action's timeout bounds it too.
//
// An assertion on a goroutine that a go statement started has nobody to fail: it ends
// the process.
func (s *Scope) Go(fn func()) {
	if s.routines == nil || !s.routines.start(fn) {
		s.goBeside(fn)
	}
}

// routines are the goroutines that one action started with Go.
type routines struct {
	// end ends the action's context.
	end context.CancelCauseFunc

	mu      sync.Mutex
	changed sync.Cond // running is less than before
	running int
	// over says that the action has ended, and takes no more.
	over bool
	// first is what failed first: the action's function, or a goroutine.
	first error
}

func newRoutines(end context.CancelCauseFunc) *routines {
	r := &routines{end: end}
	r.changed.L = &r.mu
	return r
}

// start reports whether the action goes on, so that the goroutine is started.
func (r *routines) start(fn func()) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return false
	}
	r.running++
	go func() {
		err := engine.ErrGoexit
		defer func() { r.ended(err) }()
		err = protect(func() error { fn(); return nil })
	}()
	return true
}

func (r *routines) ended(err error) {
	if err != nil {
		r.failed(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running--
	r.changed.Broadcast()
}

// failed keeps the first error, and has everything else of the action end.
func (r *routines) failed(err error) {
	r.mu.Lock()
	if r.first == nil {
		r.first = err
	}
	r.mu.Unlock()
	r.end(err)
}

// failure is what failed first, nil where nothing has.
func (r *routines) failure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.first
}

// wait waits for the goroutines, once the action's function has returned err, and returns
// what failed first.
func (r *routines) wait(err error) error {
	r.mu.Lock()
	running := r.running
	r.mu.Unlock()
	if err != nil && running > 0 {
		r.failed(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.running > 0 {
		r.changed.Wait()
	}
	r.over = true
	if r.first != nil {
		return r.first
	}
	return err
}

// call calls fn with a scope of its own, whose goroutines it waits for.
func (s *Scope) call(r *routines, fn func(s *Scope) error) error {
	own := &Scope{Gomega: s.Gomega, part: s.part, routines: r}
	return r.wait(protect(func() error { return fn(own) }))
}

// handle is call for a bus handler.
func (s *Scope) handle(ctx context.Context, fn func(ctx context.Context, s *Scope) error) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	return s.call(newRoutines(end), func(s *Scope) error { return fn(ctx, s) })
}

// goBeside starts a goroutine whose action has ended already. It is the driver's: the end
// of the driver waits for it, and its failure is the driver's at once.
func (s *Scope) goBeside(fn func()) {
	if s.whole.Err() != nil {
		panic(fmt.Sprintf("Scope.Go was called when driver %s had ended; call it while an action of the driver runs", s.Driver()))
	}
	t := &task{done: make(chan struct{}), cancel: func(error) {}}
	s.mu.Lock()
	if s.background == nil {
		s.background = map[string]*task{}
	}
	s.background[fmt.Sprintf("goroutine %d of Go", len(s.background)+1)] = t
	s.mu.Unlock()
	go func() {
		defer close(t.done)
		t.err = engine.ErrGoexit
		defer func() {
			if t.err != nil {
				s.cancel(&outsideError{fmt.Errorf("a goroutine of Go, whose action had ended: %w", t.err)})
			}
		}()
		t.err = protect(func() error { fn(); return nil })
	}()
}

// Package goroutines runs the actions of drivers, and tells what one is in that does not return.
package goroutines

import (
	"context"
	"runtime/pprof"
	"sync"
	"sync/atomic"
)

// Pool runs functions on goroutines that are used again, because the stack of a new one has to
// grow: with a goroutine for each action, that took a tenth of a run.
type Pool struct {
	mu    sync.Mutex
	idle  []*worker
	ended bool
}

// job is a function, what is called when it has ended, and the context whose profiler labels its
// goroutine has.
type job struct {
	ctx   context.Context
	fn    func()
	ended func()
	over  *atomic.Bool // fn has ended
}

// worker is a goroutine.
type worker struct {
	jobs   chan job
	number atomic.Pointer[string] // known once it has begun
}

// Run runs fn on a goroutine with the labels of ctx, and calls ended when fn has returned or has
// ended the goroutine. stack tells what fn is in; it returns "" before fn begins and after it ends.
func (p *Pool) Run(ctx context.Context, fn, ended func()) (stack func() string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var w *worker
	if n := len(p.idle); n > 0 {
		w, p.idle = p.idle[n-1], p.idle[:n-1]
	} else {
		w = &worker{jobs: make(chan job, 1)}
		go p.work(w)
	}
	j := job{ctx, fn, ended, new(atomic.Bool)}
	w.jobs <- j
	return func() string {
		number := w.number.Load()
		if number == nil {
			return ""
		}
		text := stackOf(*number)
		if j.over.Load() {
			return "" // It may be the stack of the next function.
		}
		return text
	}
}

// work runs functions until the pool ends. One that does not return keeps its goroutine, and
// counts as left behind; one that ends its goroutine ends the worker.
func (p *Pool) work(w *worker) {
	number := goroutineNumber()
	w.number.Store(&number)
	for j := range w.jobs {
		pprof.SetGoroutineLabels(j.ctx)
		if !p.do(w, j) {
			return
		}
	}
}

// do reports whether the goroutine is to be used again. It can be before ended is called, as whoever
// is told may run the next function at once.
func (p *Pool) do(w *worker, j job) (again bool) {
	defer func() {
		j.over.Store(true)
		again = again && p.rest(w)
		j.ended()
	}()
	j.fn()
	return true
}

// rest reports whether the pool goes on.
func (p *Pool) rest(w *worker) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		p.idle = append(p.idle, w)
	}
	return !p.ended
}

// End ends the goroutines that run nothing, and the others as soon as they have returned.
func (p *Pool) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	for _, w := range p.idle {
		close(w.jobs)
	}
	p.idle = nil
}

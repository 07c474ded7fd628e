package lahja

import "sync"

// workers run functions on goroutines. A few of those that have nothing more to do wait
// for the next function instead of ending: their stacks have grown already, and a
// request's way leads over several.
type workers struct {
	mu      sync.Mutex // the last in the order of locks
	idle    []chan func()
	resting sync.WaitGroup // those in idle
	closed  bool
}

// mostIdle is how many goroutines of an endpoint wait for something to do.
const mostIdle = 4

// run calls f on another goroutine. It does not block.
func (w *workers) run(f func()) {
	w.mu.Lock()
	if n := len(w.idle); n > 0 {
		worker := w.idle[n-1]
		w.idle = w.idle[:n-1]
		w.mu.Unlock()
		worker <- f // has room for one
		return
	}
	w.mu.Unlock()
	go w.work(f)
}

func (w *workers) work(f func()) {
	next := make(chan func(), 1)
	for ok := true; ok; f, ok = w.rest(next) {
		f()
	}
}

// rest waits for the next function. With ok false there is none, and the goroutine has
// to end.
func (w *workers) rest(next chan func()) (f func(), ok bool) {
	w.mu.Lock()
	if w.closed || len(w.idle) == mostIdle {
		w.mu.Unlock()
		return nil, false
	}
	w.idle = append(w.idle, next)
	w.resting.Add(1)
	w.mu.Unlock()
	defer w.resting.Done()
	f, ok = <-next
	return f, ok
}

// close ends the goroutines that wait, and lets no others wait from now on.
func (w *workers) close() {
	w.mu.Lock()
	idle := w.idle
	w.idle, w.closed = nil, true
	w.mu.Unlock()
	for _, worker := range idle {
		close(worker)
	}
	w.resting.Wait()
}

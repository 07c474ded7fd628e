package work

import (
	"sync"

	"github.com/lahja/go-lahja/lahja/internal/ordered"
)

// Pool runs functions on goroutines. A few that have finished wait for the next function
// instead of ending: their stacks have grown already, and a request passes through several.
// Its zero value works, and its methods are safe for concurrent use.
type Pool struct {
	mu      ordered.Mutex[ordered.Leaf]
	idle    []chan func()
	resting sync.WaitGroup // those in idle
	closed  bool
}

// mostIdle is how many goroutines of a pool wait for the next function.
const mostIdle = 4

// Run calls f on another goroutine. It does not block.
func (p *Pool) Run(f func()) {
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		worker := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		worker <- f // has room for one
		return
	}
	p.mu.Unlock()
	go p.work(f)
}

func (p *Pool) work(f func()) {
	next := make(chan func(), 1)
	for ok := true; ok; f, ok = p.rest(next) {
		f()
	}
}

// rest waits for the next function. With ok false there is none, and the goroutine ends.
func (p *Pool) rest(next chan func()) (f func(), ok bool) {
	p.mu.Lock()
	if p.closed || len(p.idle) == mostIdle {
		p.mu.Unlock()
		return nil, false
	}
	p.idle = append(p.idle, next)
	p.resting.Add(1)
	p.mu.Unlock()
	defer p.resting.Done()
	f, ok = <-next
	return f, ok
}

// Close ends the goroutines that wait. From now on each ends with its function.
func (p *Pool) Close() {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	for _, worker := range idle {
		close(worker)
	}
	p.resting.Wait()
}

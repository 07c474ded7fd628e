package lahja

import (
	"context"
	"sync"
)

// goroutines counts goroutines of one kind. Unlike a sync.WaitGroup it may grow from
// nothing while somebody waits, and be waited for until a context ends.
type goroutines struct {
	mu   sync.Mutex // the last in the order of locks
	n    int
	none chan struct{} // closed when n becomes 0; nil when nobody waits
}

func (g *goroutines) starts() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n++
}

func (g *goroutines) ends() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n--; g.n == 0 && g.none != nil {
		close(g.none)
		g.none = nil
	}
}

// idle is closed when there is none; nil says that there is none now.
func (g *goroutines) idle() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n > 0 && g.none == nil {
		g.none = make(chan struct{})
	}
	return g.none
}

// wait waits until there is none.
func (g *goroutines) wait() {
	if idle := g.idle(); idle != nil {
		<-idle
	}
}

// WaitHandlers waits for the handlers that run. Called from within a handler
// (of any endpoint) it returns at once, as two handlers could otherwise wait
// for each other.
func (c *Core) WaitHandlers() { _ = c.AwaitHandlers(context.Background()) }

// AwaitHandlers is WaitHandlers until ctx ends. Then it fails with the error of ctx.
func (c *Core) AwaitHandlers(ctx context.Context) error {
	idle := c.handlers.idle()
	if idle == nil || insideHandler() {
		return nil
	}
	if !closedBy(ctx, idle) {
		return ctx.Err()
	}
	return nil
}

// closedBy waits until done is closed, or ctx ends. Of a context that has ended it
// depends on done alone.
func closedBy(ctx context.Context, done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
	}
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

// HandlersRun reports whether handlers run, or will for what is queued for them.
func (c *Core) HandlersRun() bool { return c.handlers.idle() != nil }

// MayWait reports whether handlers run and the caller is none. It looks at the
// stack, which takes microseconds, only when there is something to wait for.
func (c *Core) MayWait() bool { return c.HandlersRun() && !insideHandler() }

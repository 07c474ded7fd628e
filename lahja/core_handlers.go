package lahja

import (
	"context"
	"sync"
)

// handlerCount counts the goroutines that call handlers.
type handlerCount struct {
	mu   sync.Mutex // the last in the order of locks
	n    int
	none chan struct{} // closed when n becomes 0; nil when nobody waits
}

func (h *handlerCount) starts() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n++
}

func (h *handlerCount) ends() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.n--; h.n == 0 && h.none != nil {
		close(h.none)
		h.none = nil
	}
}

// idle is closed when there is none; nil says that there is none now.
func (h *handlerCount) idle() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.n > 0 && h.none == nil {
		h.none = make(chan struct{})
	}
	return h.none
}

// WaitHandlers waits for the handlers that run. Called from within a handler
// (of any endpoint) it returns at once, as two handlers could otherwise wait
// for each other.
func (c *Core) WaitHandlers() { _ = c.waitHandlers(context.Background()) }

// waitHandlers is WaitHandlers until ctx ends.
func (c *Core) waitHandlers(ctx context.Context) error {
	idle := c.handlers.idle()
	if idle == nil || insideHandler() {
		return nil
	}
	select {
	case <-idle:
		return nil
	default:
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// mayWait tells whether handlers run and the caller is none. It looks at the
// stack, which takes microseconds, only when there is something to wait for.
func (c *Core) mayWait() bool { return c.handlers.idle() != nil && !insideHandler() }

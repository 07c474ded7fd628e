package core

import (
	"context"
)

// WaitHandlers waits for running handlers. If a handler (of any endpoint) calls it, it
// returns at once, because two handlers could wait for each other.
func (c *Core) WaitHandlers() { _ = c.awaitHandlers(context.Background()) }

// awaitHandlers is like WaitHandlers, but returns ctx's error if ctx ends first.
func (c *Core) awaitHandlers(ctx context.Context) error {
	idle := c.handlers.Idle()
	if idle == nil || InsideHandler() {
		return nil
	}
	if !ClosedBy(ctx, idle) {
		return ctx.Err()
	}
	return nil
}

// ClosedBy waits until done is closed or ctx ends. If ctx has already ended, the result
// depends on done alone.
func ClosedBy(ctx context.Context, done <-chan struct{}) bool {
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

// mayWait reports whether handlers run and the caller is not one of them. Only if there is
// something to wait for does it inspect the stack, which takes microseconds.
func (c *Core) mayWait() bool { return c.handlers.Idle() != nil && !InsideHandler() }

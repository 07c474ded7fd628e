package lahja

import "context"

// WaitHandlers waits for the handlers that run. Called from within a handler
// (of any endpoint) it returns at once, as two handlers could otherwise wait
// for each other.
func (c *Core) WaitHandlers() { _ = c.AwaitHandlers(context.Background()) }

// AwaitHandlers is WaitHandlers until ctx ends. Then it fails with the error of ctx.
func (c *Core) AwaitHandlers(ctx context.Context) error {
	idle := c.handlers.Idle()
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
func (c *Core) HandlersRun() bool { return c.handlers.Idle() != nil }

// MayWait reports whether handlers run and the caller is none. It looks at the
// stack, which takes microseconds, only when there is something to wait for.
func (c *Core) MayWait() bool { return c.HandlersRun() && !insideHandler() }

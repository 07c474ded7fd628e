package core

import "context"

// Waits is called before the calling goroutine waits for something. If it is in a handler that
// a reader calls, another goroutine reads from now on. ctx says which handler. A handler that
// does not pass its context costs the time to inspect the stack, and is only found if the
// endpoint is its own.
func (c *Core) Waits(ctx context.Context) {
	if h, ok := ctx.Value(handlerKey{}).(inHandler); ok {
		h.handOver()
		return
	}
	if c.calling.Load() == 0 || !InsideHandler() {
		return
	}
	for _, r := range c.leases() {
		r.TakeOver()
	}
}

func (c *Core) leases() (all []ReadLease) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.remotes {
		if r.lease != nil {
			all = append(all, r.lease)
		}
	}
	return all
}

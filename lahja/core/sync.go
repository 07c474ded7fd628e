package core

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
)

// Barrier calls done once every handler has handled what is queued for it now. Events that
// wait in a stream count as handled. done must not block. It may be called before Barrier
// returns, or on a handler's goroutine. When the core closes, done is called too, after
// Done was closed.
func (c *Core) Barrier(done func()) { c.barrier(nil, done) }

// barrier leaves out the subscription in whose handler it is called.
func (c *Core) barrier(except *subscription, done func()) {
	var busy []*subscription
	c.mu.Lock()
	for _, entry := range c.types {
		for _, s := range entry.handled {
			if s != except {
				busy = append(busy, s)
			}
		}
	}
	for s := range c.leaving {
		if s != except {
			busy = append(busy, s)
		}
	}
	c.mu.Unlock()
	b := &barrier{done: done}
	b.left.Store(int64(len(busy)) + 1)
	for _, s := range busy {
		if s.busy() {
			s.pushBarrier(b)
		} else {
			b.pass()
		}
	}
	b.pass()
}

// busy reports whether the handler runs. If the queue is not empty, it does.
func (s *subscription) busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running
}

// Sync waits until the handlers have handled what is queued for them now. With the context
// of a handler, it does not wait for that handler.
func (c *Core) Sync(ctx context.Context) error {
	const op = "sync"
	if err := c.CheckContext(ctx, op); err != nil {
		return err
	}
	c.Waits(ctx)
	handled := make(chan struct{})
	c.barrier(callerOf(ctx), func() { close(handled) })
	select {
	case <-handled:
		return c.Check(op)
	case <-c.done:
		return c.LifecycleError(op)
	case <-ctx.Done():
		return &lahja.Error{Op: op, Endpoint: c.Name(), Peer: c.Name(), Detail: "handlers are still busy", Err: ctx.Err()}
	}
}

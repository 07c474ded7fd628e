package lahja

import (
	"context"
	"sync/atomic"
)

// barrier is passed by each handler that had work queued when it was set, and
// then calls done once.
type barrier struct {
	left atomic.Int64
	done func()
}

func (b *barrier) pass() {
	if b.left.Add(-1) == 0 {
		b.done()
	}
}

// Barrier calls done once every handler has handled what is queued for it now.
// Events that wait in a stream count as handled. done must not block; it may be
// called before Barrier returns, or on a handler's goroutine. When the core
// closes, done is called nevertheless, after Done was closed.
func (c *Core) Barrier(done func()) { c.barrier(nil, done) }

// barrier leaves out the subscription in whose handler it is called. It tells
// whether there was an event to wait for.
func (c *Core) barrier(except *Subscription, done func()) (working bool) {
	var busy []*Subscription
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
		running, handling := s.activity()
		working = working || handling
		if running {
			s.push(entry{barrier: b})
		} else {
			b.pass()
		}
	}
	b.pass()
	return working
}

// activity tells whether the handler's goroutine runs, which it does while
// anything is queued, and whether there are events for it.
func (s *Subscription) activity() (running, handling bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running, s.handling || s.queue.len() > 0
}

// Sync waits until the handlers have handled what is queued for them now. With
// the context of a handler it does not wait for that handler.
func (c *Core) Sync(ctx context.Context) error {
	if err := c.Check("sync"); err != nil {
		return err
	}
	_, err := c.sync(ctx)
	return err
}

// sync tells whether there was an event to wait for.
func (c *Core) sync(ctx context.Context) (working bool, err error) {
	const op = "sync"
	handled := make(chan struct{})
	working = c.barrier(callerOf(ctx), func() { close(handled) })
	select {
	case <-handled:
		return working, c.Check(op)
	case <-c.done:
		return working, c.lifecycleError(op)
	case <-ctx.Done():
		return working, &Error{Op: op, Endpoint: c.cfg.Name, Peer: c.cfg.Name, Detail: "handlers are still busy", Err: ctx.Err()}
	}
}

// mostRounds is how often settle waits for handlers that gave each other events
// meanwhile.
const mostRounds = 32

// settle waits until no handler has anything to do, also not what others of them
// broadcast. It tells whether it came to that.
func (c *Core) settle(ctx context.Context) (idle bool, err error) {
	for range mostRounds {
		if working, err := c.sync(ctx); err != nil || !working {
			return err == nil, err
		}
	}
	return false, nil
}

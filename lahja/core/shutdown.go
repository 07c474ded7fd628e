package core

import (
	"cmp"
	"context"
	"errors"

	"github.com/lahja/go-lahja/lahja"
)

// Departure is what an implementation adds to Drain. Each step may wait until ctx ends.
type Departure struct {
	// Goodbye sends goodbye to every peer, after what is queued for it, and waits until
	// each has left.
	Goodbye func(ctx context.Context) error
	// Close ends everything but running handlers. It calls Core.Close.
	Close func(ctx context.Context) error
	// End calls Core.End.
	End func(ctx context.Context) error
}

// Drain shuts the endpoint down once it admits no new peers: it waits for handlers, leaves the
// peers, waits for the handlers of what came in meanwhile, and closes. Its error says what it
// did not wait for.
func (c *Core) Drain(ctx context.Context, d Departure) error {
	c.phase.reach(closing)
	c.Waits(ctx)
	_, before := c.settleHandlers(ctx)
	unsent := d.Goodbye(ctx)
	settled, after := c.settleHandlers(ctx)
	if !settled && after == nil {
		after = c.cutOff(", because the endpoint keeps broadcasting to itself", nil)
	}
	closed := d.Close(ctx)
	handlers := c.handlersEnd(ctx)
	ended := d.End(ctx)
	return errors.Join(unsent, closed, cmp.Or(before, after, handlers, ended))
}

// AwaitOther waits for the shutdown that another call performs, which closes drained, or for
// closed if drained is nil, and then for handlers. Within a handler it does not wait for a
// shutdown, which may wait for that handler.
func (c *Core) AwaitOther(ctx context.Context, drained, closed <-chan struct{}) error {
	c.Waits(ctx)
	what, over := "close", closed
	if drained != nil {
		if InsideHandler() {
			return nil
		}
		what, over = "shutdown", drained
	}
	if !ClosedBy(ctx, over) {
		return c.drainError("another "+what+" is under way", ctx.Err())
	}
	return c.handlersEnd(ctx)
}

// settleHandlers waits for running handlers, for what is queued for them, and for what they
// send each other. settled reports whether that came to an end.
func (c *Core) settleHandlers(ctx context.Context) (settled bool, err error) {
	if !c.mayWait() { // So nothing is given up, even if ctx has ended.
		return true, nil
	}
	settled, err = c.settle(ctx)
	if err == nil || errors.Is(err, lahja.ErrLifecycle) { // closed meanwhile, or never run
		return settled || err != nil, nil
	}
	return false, c.cutOff("", ctx.Err())
}

// handlersEnd waits for handlers whose contexts have been cancelled.
func (c *Core) handlersEnd(ctx context.Context) error {
	if err := c.awaitHandlers(ctx); err != nil {
		return c.cutOff(", and still run although their contexts have ended", err)
	}
	return nil
}

func (c *Core) cutOff(how string, cause error) error {
	return c.drainError("handlers were cut off"+how, cause)
}

func (c *Core) drainError(detail string, cause error) error {
	failed := c.Fail("shutdown", nil, detail)
	failed.Err = cause
	return failed
}

// mostRounds is how often settle waits for what the endpoint broadcasts to itself
// meanwhile, which may never end.
const mostRounds = 16

// settle is like Sync, and also waits for the events that the endpoint broadcasts to itself
// meanwhile: those that its handlers send each other. It reports whether these came to an
// end.
func (c *Core) settle(ctx context.Context) (settled bool, err error) {
	for range mostRounds {
		before := c.toSelf.Load()
		if err := c.Sync(ctx); err != nil {
			return false, err
		}
		if c.toSelf.Load() == before {
			return true, nil
		}
	}
	return false, nil
}

package core

import "context"

// The goroutine that reads a connection calls the handler of an idle subscription itself:
// waking another goroutine takes longer than most handlers do. The events still pass through
// a batch, so that their data is the handler's and the next reader can use the read buffer.
//
// A handler that does not return soon keeps the reader. Then the implementation has another
// goroutine read (Turn.Return), and the one that was the reader is the subscription's
// goroutine until its queue is empty. What arrives in between is queued, so the order holds.

const (
	// mostCalled is how many events the reader calls a handler for at once. More than that are
	// worth a goroutine of their own, which handles them while the reader reads on.
	mostCalled = 16
	// mostQueued is how many events are queued after a handler has kept the reader, at most.
	mostQueued = 4096
)

// Turn is the time during which a goroutine is the reader of a connection.
type Turn interface {
	// Call is called before a handler is called. From now on another goroutine may become the
	// reader.
	Call()
	// Return is called when the handler has returned. It reports whether the caller still is
	// the reader.
	Return() bool
}

// FlushAndCall is like Flush, but may call the handler of an idle subscription. It returns
// false if the caller is not the reader any more, and must not use the inbox. The reader calls
// it between two frames.
func (b *Inbox) FlushAndCall(turn Turn) (reads bool) {
	s := b.callee()
	b.seen()
	if s == nil || !s.enter(len(b.batch.events)) {
		b.Flush()
		return true
	}
	all := b.batch
	all.complete()
	b.batch = nil
	all.again = true // So a handler that keeps the reader also keeps memory for a full batch.
	all.expect(b.from.of.interest.Window, 1)
	s.inHand = append(s.spare[:0], all.all())
	s.spare = s.inHand
	s.caller.Store(b)
	b.core.calling.Add(1)
	b.lends, b.calls = all.lent != nil, s
	turn.Call()
	if !s.runFor(turn) {
		return false
	}
	b.lends, b.calls = false, nil
	return true
}

// callee returns the subscription whose handler the reader may call for what was gathered, or
// nil.
func (b *Inbox) callee() *subscription {
	if b.batch == nil || b.grouped || len(b.batch.events) > mostCalled {
		return nil
	}
	return b.from.of.alone
}

// Lends reports whether what was gathered refers to the read buffer. It must be delivered
// before the next frame is read.
func (b *Inbox) Lends() bool { return b.batch != nil && b.batch.lent != nil }

// Begin is called by another reader when it begins. From now on the handler that the one before
// it called keeps nobody from reading. Begin reports whether that still uses the read buffer:
// then the reader needs another one.
func (b *Inbox) Begin() (lent bool) {
	if s := b.calls; s != nil && s.caller.CompareAndSwap(b, nil) {
		b.core.calling.Add(-1)
	}
	lent, b.lends, b.calls = b.lends, false, nil
	return lent
}

// enter makes the calling goroutine the one that calls the handler for n events, unless the
// events must be queued.
func (s *subscription) enter(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queuesNext > 0 {
		s.queuesNext -= n
		return false
	}
	if s.running || s.stopped {
		return false
	}
	s.running = true
	s.stats.Taken += uint64(n)
	s.base.handlers.Start()
	return true
}

// leave undoes enter. Another goroutine handles what was queued meanwhile.
func (s *subscription) leave() {
	s.uncalled()
	s.putBack()
	s.mu.Lock()
	s.queues = 0
	if s.queue.len() > 0 {
		s.base.workers.Run(s.start)
		s.mu.Unlock()
		return
	}
	s.forget()
	s.restLocked()
	s.mu.Unlock()
	s.rested()
}

// kept is called when the handler has kept the reader. So that one that always does costs no
// more than if its events were queued, twice as many of them are, each time.
func (s *subscription) kept() {
	s.uncalled()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queues = min(max(2*s.queues, 1), mostQueued)
	s.queuesNext = s.queues
}

func (s *subscription) uncalled() {
	if s.caller.Swap(nil) != nil {
		s.base.calling.Add(-1)
	}
}

// Waits is called before the calling goroutine waits for something. If it is in a handler that
// a reader calls, another goroutine reads from now on. ctx says which handler. A handler that
// does not pass its context costs the time to inspect the stack, and is only found if the
// endpoint is its own.
func (c *Core) Waits(ctx context.Context) {
	if s := callerOf(ctx); s != nil {
		if b := s.caller.Load(); b != nil {
			b.takeOver()
		}
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

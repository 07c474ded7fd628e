package core

// The goroutine that reads a connection calls the handler of an idle subscription itself:
// waking another goroutine takes longer than most handlers do. The events still pass through
// a batch, so that their data is the handler's and the next reader can use the read buffer.
//
// A handler that does not return soon keeps the reader. Then the implementation has another
// goroutine read (Turn.Return), and the one that was the reader is the subscription's
// goroutine until its queue is empty. What arrives in between is queued, so the order holds.

// mostCalled is how many events the reader calls a handler for at once. More than that are
// worth a goroutine of their own, which handles them while the reader reads on.
const mostCalled = 16

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
	s.caller.Store(&b.call)
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
	if s := b.calls; s != nil && s.caller.CompareAndSwap(&b.call, nil) {
		b.core.calling.Add(-1)
	}
	lent, b.lends, b.calls = b.lends, false, nil
	return lent
}

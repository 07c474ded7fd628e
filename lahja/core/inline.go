package core

import (
	"context"
	"runtime/debug"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/caller"
)

// The goroutine that reads the connection calls the handler of an inline subscription
// (SubscribeConfig.Inline) as events arrive. They pass no queue and no other goroutine, and
// their data stays in the read buffer. The reader enters the subscription with the first
// event, and leaves it when something else arrives or nothing more is there to read. In
// between it is the only goroutine that calls the handler, as run is for other subscriptions.
// It then counts as a handler and not as the endpoint's work, so that it never waits for itself.

// inlined is the subscription whose handler an inbox's reader calls.
type inlined struct {
	sub    *subscription // nil for none
	ctx    context.Context
	taken  uint64 // events since it was entered
	owed   int    // their cost, not acknowledged yet
	window int

	// The event that is being handled. The reader handles a panic or Goexit once for all events.
	at       step // 0 for none
	sequence uint64
	rare     *rareFields
	payload  []byte
}

// callInline makes the reader call the handler of the entry's only subscription. If ok is
// false, the event must be queued: another goroutine calls the handler, or may have to.
func (b *Inbox) callInline(entry *typeEntry, in *Incoming) (ok bool, err error) {
	s := entry.handled[0]
	if b.inlined.sub != s || b.flow != in.Flow || !b.from.has(entry, in) {
		b.Flush()
		if !s.enter() {
			return false, nil
		}
		b.work.End()
		if b.from == nil || !b.from.has(entry, in) {
			b.from = b.sourceOf(entry, in)
		}
		b.flow = in.Flow
		b.inlined = inlined{sub: s, ctx: s.context(), window: entry.interest.Window}
		b.entered.Store(true)
		s.begin(b.from)
	}
	f := in.rare()
	b.shortcut = f == nil
	return true, b.call(in.ID.Sequence, in.Payload, f, in.Cost)
}

// call calls the handler for one event. It returns an error when the connection must end.
// It is found on the stack by lahja/internal/caller.
//
//go:noinline
func (b *Inbox) call(sequence uint64, payload []byte, f *rareFields, cost int) error {
	i := &b.inlined
	if i.owed += cost; i.owed >= i.window/8 {
		b.giveBack()
	}
	s := i.sub
	s.finished.arm()
	if s.halted.Load() {
		return nil
	}
	i.sequence, i.rare, i.payload = sequence, f, payload
	i.at = decoding
	if err := s.decode(b.from.of, payload, true); err != nil {
		return b.unfit(err)
	}
	i.taken++
	i.at = handling
	if err := s.callTyped(i.ctx, b.from, sequence, f); err != nil {
		b.report(err)
	}
	s.finished.end()
	i.at = 0
	return nil
}

// unfit reports the event that is being handled and cannot be decoded.
func (b *Inbox) unfit(err error) error {
	i := &b.inlined
	i.at = reporting
	r := b.from.received(i.sequence, i.rare)
	ends := b.core.unfit(&Incoming{Type: r.Type.Name, Origin: r.Origin, ID: r.ID, Answers: r.Answers, Headers: r.Headers, Payload: i.payload}, err)
	i.at = 0
	return ends
}

func (b *Inbox) report(err error) {
	i := &b.inlined
	i.at = reporting
	i.sub.failed(b.from, i.sequence, i.rare, err)
	i.sub.finished.end()
	i.at = 0
}

// Guarded reports whether a handler or a user's unmarshaller is running, which may panic.
func (b *Inbox) Guarded() bool { return b.inlined.at == decoding || b.inlined.at == handling }

// Panicked handles the value of a panic. It returns an error if the connection must end.
func (b *Inbox) Panicked(v any) error {
	if b.inlined.at == decoding {
		return b.unfit(b.from.of.payload.Panicked(v))
	}
	b.report(&lahja.PanicError{Value: v, Stack: debug.Stack()})
	return nil
}

// Exited is called when the reader's goroutine is lost, because a handler, or a function
// that its error was reported to, called Goexit.
func (b *Inbox) Exited() {
	if b.Guarded() {
		b.report(lahja.ErrHandlerExited)
	}
}

// giveBack acknowledges what was taken, so that the sender may send as much again.
func (b *Inbox) giveBack() {
	if owed := b.inlined.owed; owed > 0 {
		b.inlined.owed = 0
		b.flow.Taken(owed, b.inlined.window)
	}
}

// leave ends the calling of the handler by the reader.
func (b *Inbox) leave() {
	s := b.inlined.sub
	if s == nil {
		return
	}
	b.giveBack()
	taken := b.inlined.taken
	b.inlined = inlined{}
	b.entered.Store(false)
	b.shortcut = false // The next event must enter first.
	b.work.Start()
	s.leave(taken)
}

// enter makes the calling goroutine the one that calls the handler, unless another does.
func (s *subscription) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running || s.stopped {
		return false
	}
	s.running = true
	s.base.handlers.Start()
	caller.EnterInline()
	return true
}

// leave undoes enter. Another goroutine handles what was queued meanwhile.
func (s *subscription) leave(taken uint64) {
	caller.LeaveInline()
	s.forget()
	s.mu.Lock()
	s.stats.Taken += taken
	if s.queue.len() > 0 {
		s.base.workers.Run(s.start)
		s.mu.Unlock()
		return
	}
	s.restLocked()
	s.mu.Unlock()
	s.rested()
}

func init() { caller.SetInline(caller.Entry((*Inbox).call)) }

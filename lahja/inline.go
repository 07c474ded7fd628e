package lahja

import (
	"context"
	"runtime/debug"

	"github.com/lahja/go-lahja/lahja/internal/caller"
)

// The handler of an inline subscription (SubscribeConfig.Inline) is called by the goroutine
// that reads the connection, as events come: they pass no queue and no other goroutine, and
// their data stays where it was read to. The reader enters the subscription with the first
// event, and leaves it when something else comes or nothing more is there to be read. In
// between it is the one goroutine that calls the handler, as run is for others, and counts
// as a handler and not as work of the endpoint's, so that nobody waits for himself.

// inlined is what an inbox knows of the subscription whose handler its reader calls.
type inlined struct {
	sub    *subscription // nil for none
	ctx    context.Context
	taken  uint64 // events since it was entered
	owed   int    // what they count for, not given back yet
	window int

	// The event that is being handled. A panic, or a Goexit, is not seen to for each by
	// itself but by who reads.
	at       step // 0 for none
	sequence uint64
	rare     *rareFields
	payload  []byte
}

// callInline has the reader call the handler of the entry's one subscription. With ok
// false the event has to be queued: somebody else calls the handler, or may have to.
func (b *inbox) callInline(entry *typeEntry, in *Incoming) (ok bool, err error) {
	s := entry.handled[0]
	if b.inlined.sub != s || b.flow != in.Flow || !b.from.has(entry, in) {
		b.flush()
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

// call calls the handler for one event. It returns an error when the connection has to end.
// It is found on the stack by lahja/internal/caller.
//
//go:noinline
func (b *inbox) call(sequence uint64, payload []byte, f *rareFields, cost int) error {
	i := &b.inlined
	if i.owed += cost; i.owed >= i.window/8 {
		b.giveBack()
	}
	s := i.sub
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
	i.at = 0
	return nil
}

// unfit tells of the event that is being handled and does not decode.
func (b *inbox) unfit(err error) error {
	i := &b.inlined
	i.at = reporting
	r := b.from.received(i.sequence, i.rare)
	ends := b.core.unfit(&Incoming{Type: r.Type.Name, Origin: r.Origin, ID: r.ID, Answers: r.Answers, Headers: r.Headers, Payload: i.payload}, err)
	i.at = 0
	return ends
}

func (b *inbox) report(err error) {
	i := &b.inlined
	i.at = reporting
	i.sub.report(b.from.received(i.sequence, i.rare), err)
	i.at = 0
}

// guarded tells whether what panics now is a handler or an unmarshaller of the user's.
func (b *inbox) guarded() bool { return b.inlined.at == decoding || b.inlined.at == handling }

// panicked is told with what. It returns an error when the connection has to end.
func (b *inbox) panicked(v any) error {
	if b.inlined.at == decoding {
		return b.unfit(b.from.of.payload.Panicked(v))
	}
	b.report(&PanicError{Value: v, Stack: debug.Stack()})
	return nil
}

// exited is called when the reader's goroutine is lost as a handler called Goexit, or what
// a handler's error was reported to.
func (b *inbox) exited() {
	if b.guarded() {
		b.report(ErrHandlerExited)
	}
}

// giveBack lets the sender send as much again as was taken.
func (b *inbox) giveBack() {
	if owed := b.inlined.owed; owed > 0 {
		b.inlined.owed = 0
		b.flow.Taken(owed, b.inlined.window)
	}
}

// leave makes the reader one that calls no handler.
func (b *inbox) leave() {
	s := b.inlined.sub
	if s == nil {
		return
	}
	b.giveBack()
	taken := b.inlined.taken
	b.inlined = inlined{}
	b.entered.Store(false)
	b.shortcut = false // What comes next has to enter first.
	b.work.Start()
	s.leave(taken)
}

// enter makes the calling goroutine the one that calls the handler, unless there is one.
func (s *subscription) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running || s.stopped {
		return false
	}
	s.running = true
	s.core.handlers.Start()
	caller.EnterInline()
	return true
}

// leave undoes enter. What has been queued meanwhile is another goroutine's.
func (s *subscription) leave(taken uint64) {
	caller.LeaveInline()
	s.forget()
	s.mu.Lock()
	s.stats.Taken += taken
	if s.queue.len() > 0 {
		s.core.workers.Run(s.start)
		s.mu.Unlock()
		return
	}
	s.restLocked()
	s.mu.Unlock()
	s.rested()
}

// waitsInline is the error for what caller.MustNotWait forbids.
func (c *Core) waitsInline(op string) *Error { return c.fail(op, ErrInvalid, waitsInline) }

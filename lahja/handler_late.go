package lahja

import (
	"context"
	"runtime/debug"
)

// handleLate is handleEntry for events that are decoded here.
func (s *Subscription) handleLate(ctx context.Context, e *entry) {
	s.typed.begin(e.batch.common())
	for e.from < e.to && !s.halted.Load() {
		s.handleSome(ctx, e)
	}
	s.typed.begin(Received{}) // Nothing is to be kept from garbage collection.
}

// handleSome handles events until one fails by a panic, which it then reports, as guarding
// each by itself costs as much as decoding a small one.
func (s *Subscription) handleSome(ctx context.Context, e *entry) {
	b, decoding := e.batch, false
	defer func() {
		switch v := recover(); {
		case v == nil: // or Goexit
			return
		case decoding:
			s.undecodable(b, e.from, unmarshallerPanicked(s.eventType.Go, v))
		default:
			s.report(b.received(e.from), &PanicError{Value: v, Stack: debug.Stack()})
		}
		e.from++
	}()
	for ; e.from < e.to && !s.halted.Load(); e.from++ {
		decoding = true
		err := s.typed.decode(b.from.of.fast, b.payload(e.from))
		decoding = false
		if err != nil {
			s.undecodable(b, e.from, err)
			continue
		}
		if err := s.callTyped(ctx, b, e.from); err != nil {
			s.report(b.received(e.from), err)
		}
	}
}

// callTyped is handle for an event that was decoded by the typed handler.
func (s *Subscription) callTyped(ctx context.Context, b *batch, i int) (err error) {
	f := b.furtherOf(i)
	if f != nil {
		ctx = traceOf(ctx, f.headers)
	}
	if s.core.cfg.Observer == nil {
		return s.typed.call(ctx, b.events[i].sequence, f)
	}
	done := s.observed(b.received(i))
	err = ErrHandlerExited // unless it returns
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
		done(err)
	}()
	err = s.typed.call(ctx, b.events[i].sequence, f)
	return err
}

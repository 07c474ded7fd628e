package lahja

import (
	"context"
	"runtime/debug"
)

// handleTyped is handleEntry for a handler that knows its type.
func (s *Subscription) handleTyped(ctx context.Context, e *entry) {
	if s.begun != e.batch.from {
		s.begun = e.batch.from
		s.typed.begin(e.batch.common())
	}
	for e.from < e.to {
		if s.halted.Load() {
			s.leftBehind(*e)
			return
		}
		s.handleSome(ctx, e)
	}
}

// forget keeps nothing from garbage collection while there is nothing to handle.
func (s *Subscription) forget() {
	if s.begun != nil {
		s.begun = nil
		s.typed.begin(Received{})
	}
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
		if b.late() {
			decoding = true
			err := s.typed.decode(b.from.of.fast, b.payload(e.from))
			decoding = false
			if err != nil {
				s.undecodable(b, e.from, err)
				continue
			}
		} else {
			s.typed.set(b.data[e.from])
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

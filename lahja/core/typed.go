package core

import (
	"context"
	"runtime/debug"

	"github.com/lahja/go-lahja/lahja"
)

// handleTyped is handleEntry for a handler that knows its type.
func (s *subscription) handleTyped(ctx context.Context, e *entry) {
	s.begin(e.batch.from)
	for e.from < e.to {
		s.finished.arm()
		if s.halted.Load() {
			s.leftBehind(*e)
			return
		}
		switch failed, err := s.handleSome(ctx, e); {
		case err == nil:
			continue
		case failed == decoding:
			s.undecodable(e.batch, e.from, err)
		default:
			s.tell(e.batch, e.from, err)
		}
		e.from++
	}
}

// begin tells the typed handler the source of the next events.
func (s *subscription) begin(from *source) {
	if s.begun != from {
		s.begun = from
		s.typed.Begin(from.common())
	}
}

// forget lets the last event be garbage collected while there is nothing to handle.
func (s *subscription) forget() {
	if s.begun != nil {
		s.begun = nil
		s.typed.Begin(lahja.Received{})
	}
}

// step is the current step in handling an event.
type step int

const (
	decoding step = iota + 1
	handling
	reporting // a failure
)

// handleSome handles events until one fails, and returns the step that failed. It recovers
// once for all events, because guarding each one costs as much as decoding a small one.
func (s *subscription) handleSome(ctx context.Context, e *entry) (at step, err error) {
	defer func() {
		v := recover()
		switch {
		case v == nil: // or Goexit
		case at == decoding:
			err = e.batch.from.of.payload.Panicked(v)
		default:
			err = &lahja.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	b := e.batch
	for ; e.from < e.to && !s.halted.Load(); e.from++ {
		if at = decoding; !b.undecoded() {
			s.typed.Set(b.data[e.from])
		} else if err = s.decode(b.from.of, b.payload(e.from), false); err != nil {
			return at, err
		}
		at = handling
		if err = s.callTyped(ctx, b.from, b.events[e.from].sequence, b.rareOf(e.from)); err != nil {
			return at, err
		}
	}
	return at, nil
}

// decode decodes the next event, unless that takes too much.
func (s *subscription) decode(of *typeEntry, data []byte, borrow bool) error {
	if err := of.admit(data); err != nil {
		return err
	}
	return s.typed.Decode(of.payload, data, borrow)
}

// callTyped calls the handler for an event that it has decoded itself. An error, a panic or
// a Goexit is observed when it is reported.
func (s *subscription) callTyped(ctx context.Context, from *source, sequence uint64, f *rareFields) error {
	var answers lahja.EventID
	var headers lahja.Headers
	if f != nil {
		answers, headers = f.answers, f.headers
		ctx = traceOf(ctx, headers)
	}
	if !s.base.Observes() {
		return s.typed.Call(ctx, sequence, answers, headers)
	}
	s.finished.begin(from, sequence, f)
	err := s.typed.Call(ctx, sequence, answers, headers)
	if err == nil {
		s.finished.add(from, sequence, f, nil)
	}
	return err
}

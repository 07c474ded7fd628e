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
			s.leaveBehind(e)
			return
		}
		failed, err := s.handleSome(ctx, e)
		if err == nil {
			continue
		}
		s.at = reporting
		if failed == decoding {
			s.undecodable(e.batch, e.from, err)
		} else {
			s.failed(e.batch.from, e.batch.events[e.from].sequence, e.batch.rareOf(e.from), err)
		}
		s.at = waiting
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
	waiting step = iota // for the handler
	decoding
	handling
	reporting // that it was handled, or why not
)

// handleSome handles events until one fails, and returns the step that failed. It recovers
// once for all events, because guarding each one costs as much as decoding a small one.
func (s *subscription) handleSome(ctx context.Context, e *entry) (at step, err error) {
	defer func() {
		v := recover()
		switch {
		case v == nil: // or Goexit
		case s.at == decoding:
			at, err = s.at, e.batch.from.of.payload.Panicked(v)
		default:
			at, err = s.at, &lahja.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	b := e.batch
	for ; e.from < e.to && !s.halted.Load(); e.from++ {
		if s.at = decoding; !b.undecoded() {
			s.typed.Set(b.data[e.from])
		} else if err = s.decode(b.from.of, b.payload(e.from)); err != nil {
			return s.at, err
		}
		s.at = handling
		if err = s.callTyped(ctx, b.from, b.events[e.from].sequence, b.rareOf(e.from)); err != nil {
			return s.at, err
		}
		s.at = waiting
	}
	return waiting, nil
}

// decode decodes the next event, unless that takes too much.
func (s *subscription) decode(of *typeEntry, data []byte) error {
	if err := of.admit(data); err != nil {
		return err
	}
	return s.typed.Decode(of.payload, data, s.config.Borrow)
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
		s.at = reporting
		s.finished.add(from, sequence, f, nil)
	}
	return err
}

package lahja

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"time"
)

// Handler handles one event. Its context ends when the subscription or the
// endpoint is closed, not with the sender's, and has the event's trace (TraceFrom).
// Its error is reported (Options.OnHandlerError) and the next event is handled; so it
// is when it panics or calls runtime.Goexit.
type Handler func(ctx context.Context, r Received) error

// HandlerError reports a handler that failed.
type HandlerError struct {
	// Endpoint is the name of the endpoint that subscribed, Event the wire name
	// of the event's type, Origin the name of the endpoint that broadcast it.
	Endpoint, Event, Origin string
	// ID is the event's.
	ID EventID
	// Err is what the handler returned, or a *PanicError, or ErrHandlerExited.
	Err error
}

func (e HandlerError) Error() string {
	return fmt.Sprintf("lahja: %s: handler of %s from %s: %v", e.Endpoint, e.Event, e.Origin, e.Err)
}

// Unwrap returns what the handler failed with.
func (e HandlerError) Unwrap() error { return e.Err }

// PanicError is the error of a handler that panicked.
type PanicError struct {
	// Value is what it panicked with, Stack where.
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack) }

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// ErrHandlerExited is the error of a handler that called runtime.Goexit, as
// testing.T.FailNow does.
var ErrHandlerExited = errors.New("the handler called runtime.Goexit (testing.T.FailNow does)")

// run calls the handler for what is queued, and ends when nothing is. At most
// one runs per subscription.
func (s *Subscription) run() {
	ended := false
	defer func() {
		if !ended { // Goexit: the goroutine is lost, the subscription is not
			at := &s.hand[0]
			s.report(at.batch.received(at.from), ErrHandlerExited)
			at.from++
			go s.run()
		}
	}()
	ctx := s.context()
	for len(s.hand) > 0 || s.takeUp() { // After a Goexit some are left.
		for ; len(s.hand) > 0; s.hand = s.hand[1:] {
			s.handleEntry(ctx, &s.hand[0])
		}
	}
	ended = true
	s.rested()
}

// restLocked notes that no goroutine calls the handler. From here on another one may, and
// all is its own.
func (s *Subscription) restLocked() {
	s.running = false
	if s.idle != nil {
		close(s.idle)
		s.idle = nil
	}
}

// rested comes behind restLocked, without the lock.
func (s *Subscription) rested() {
	if s.ended() {
		s.core.left(s)
	}
	s.core.handlers.End()
}

// handleEntry calls the handler for events one by one, unless the subscription has been
// closed meanwhile.
func (s *Subscription) handleEntry(ctx context.Context, e *entry) {
	if e.barrier != nil {
		e.barrier.pass()
		return
	}
	if s.typed != nil {
		s.handleTyped(ctx, e)
		return
	}
	for ; e.from < e.to; e.from++ {
		if s.halted.Load() {
			s.leftBehind(*e)
			return
		}
		r := e.batch.received(e.from)
		if err := s.handle(traceOf(ctx, r.Headers), r); err != nil {
			s.report(r, err)
		}
	}
}

// traceOf is ctx with the trace of the event that it is for. An event without headers
// costs nothing here.
func traceOf(ctx context.Context, h Headers) context.Context {
	if h == nil {
		return ctx
	}
	if tc, ok := h.Trace(); ok {
		return WithTrace(ctx, tc)
	}
	return ctx
}

// context is the handler's. It is cancelled by stop.
func (s *Subscription) context() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil {
		s.ctx, s.cancel = context.WithCancel(context.WithValue(context.Background(), subscriptionKey{}, s))
		if s.stopped {
			s.cancel()
		}
	}
	return s.ctx
}

const (
	// mostAtHand and bytesAtHand are how much a handler's goroutine takes out of the
	// queue at once: enough that what the taking costs is small beside it.
	mostAtHand  = 64
	bytesAtHand = 64 << 10
)

// takeUp takes the next entries in hand; with none, the goroutine has to end. Events
// that may still be dropped are taken one by one.
func (s *Subscription) takeUp() bool {
	handled := s.spare
	for i := range handled {
		handled[i].batch.useAgain(handled[i].to)
	}
	clear(handled)
	s.hand = s.spare[:0]
	most, size := mostAtHand, bytesAtHand
	if s.config.WhenFull != Block {
		most = 1
	}
	s.mu.Lock()
	for most > 0 && size > 0 {
		e, ok := s.takeLocked(most, size)
		if !ok {
			break
		}
		most -= max(1, e.len())
		size -= e.cost()
		s.hand = append(s.hand, e)
	}
	s.spare = s.hand
	if len(s.hand) == 0 {
		s.forget()
		s.restLocked()
		s.mu.Unlock()
		return false
	}
	s.mu.Unlock()
	if s.config.WhenFull == Block {
		allTaken(s.hand)
	}
	return true
}

// ended tells whether the subscription was closed.
func (s *Subscription) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

// handle calls the handler. Only where somebody observes is it timed.
func (s *Subscription) handle(ctx context.Context, r Received) error {
	call := func() error { return s.handler(ctx, r) }
	if s.core.cfg.Observer != nil {
		return s.observed(r, call)
	}
	return guarded(call)
}

// observed calls a handler of r and tells the observer what came of it, also where it
// calls Goexit.
func (s *Subscription) observed(r Received, call func() error) (err error) {
	started := time.Now()
	err = ErrHandlerExited // unless it returns
	defer func() {
		s.core.observe(Observation{Kind: EventHandled, Peer: r.Origin, Event: r.Type.Name, ID: r.ID, Answers: r.Answers,
			Headers: r.Headers, Took: time.Since(started), Err: err})
	}()
	err = guarded(call)
	return err
}

// guarded makes a panic an error.
func guarded(call func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return call()
}

func (s *Subscription) report(r Received, err error) {
	s.core.counts.failures.Add(1)
	failed := &HandlerError{Endpoint: s.core.cfg.Name, Event: s.eventType.Name, Origin: r.Origin, ID: r.ID, Err: err}
	s.core.cfg.Logger.Error("lahja: handler failed", slog.String("endpoint", failed.Endpoint),
		slog.String("event", failed.Event), slog.String("origin", failed.Origin),
		slog.String("id", failed.ID.String()), slog.Any("error", err))
	if s.core.cfg.OnHandlerError != nil {
		s.core.cfg.OnHandlerError(*failed)
	}
}

// insideHandler tells whether the calling goroutine is one that calls a
// handler, by looking for who does on its stack. Goroutines have no identity in Go;
// a marker in the handler's context would be lost on calls that take none
// (Close), and noting something for every event would cost every event.
func insideHandler() bool { return onStack(runEntry(), callEntry()) }

// onStack tells whether the calling goroutine is in one of the functions that begin there.
func onStack(entries ...uintptr) bool {
	pcs := make([]uintptr, 64)
	for skip := 2; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs)
		frames := runtime.CallersFrames(pcs[:n])
		for n > 0 {
			frame, more := frames.Next()
			if slices.Contains(entries, frame.Entry) {
				return true
			}
			if !more {
				break
			}
		}
		if n < len(pcs) {
			return false
		}
	}
}

// runEntry is where the code of run begins.
func runEntry() uintptr { return reflect.ValueOf((*Subscription).run).Pointer() }

// callEntry is where that of call does.
func callEntry() uintptr { return reflect.ValueOf((*inbox).call).Pointer() }

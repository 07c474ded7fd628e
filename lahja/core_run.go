package lahja

import (
	"context"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/lahja/go-lahja/lahja/internal/caller"
)

// run calls the handler for queued events, and ends when there are none. At most one run
// per subscription is active.
func (s *subscription) run() {
	ended := false
	defer func() {
		if !ended { // Goexit: the goroutine is lost, the subscription is not
			at := &s.inHand[0]
			s.report(at.batch.received(at.from), ErrHandlerExited)
			at.from++
			go s.run()
		}
	}()
	ctx := s.context()
	for len(s.inHand) > 0 || s.takeUp() { // After a Goexit some are left.
		for ; len(s.inHand) > 0; s.inHand = s.inHand[1:] {
			s.handleEntry(ctx, &s.inHand[0])
		}
	}
	ended = true
	s.rested()
}

// restLocked records that no goroutine calls the handler. From here on another one may, and
// owns its fields.
func (s *subscription) restLocked() {
	s.running = false
	if s.idle != nil {
		close(s.idle)
		s.idle = nil
	}
}

// rested must be called after restLocked, without the lock.
func (s *subscription) rested() {
	if s.ended() {
		s.core.left(s)
	}
	s.core.handlers.End()
}

// handleEntry calls the handler for each event of e, until the subscription is closed.
func (s *subscription) handleEntry(ctx context.Context, e *entry) {
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

// traceOf returns ctx with the event's trace. An event without headers costs nothing here.
func traceOf(ctx context.Context, h Headers) context.Context {
	if h == nil {
		return ctx
	}
	if tc, ok := h.Trace(); ok {
		return WithTrace(ctx, tc)
	}
	return ctx
}

// context returns the handler's context. stop cancels it.
func (s *subscription) context() context.Context {
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

// takeUp takes the next entries in hand. It returns false if there are none, and the
// goroutine must end. Events that may still be dropped are taken one by one.
func (s *subscription) takeUp() bool {
	handled := s.spare
	for i := range handled {
		handled[i].batch.useAgain(handled[i].to)
	}
	clear(handled)
	s.inHand = s.spare[:0]
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
		s.inHand = append(s.inHand, e)
	}
	s.spare = s.inHand
	if len(s.inHand) == 0 {
		s.forget()
		s.restLocked()
		s.mu.Unlock()
		return false
	}
	s.mu.Unlock()
	if s.config.WhenFull == Block {
		allTaken(s.inHand)
	}
	return true
}

// ended reports whether the subscription was closed.
func (s *subscription) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

// handle calls the handler. It measures the time only if there is an observer.
func (s *subscription) handle(ctx context.Context, r Received) error {
	call := func() error { return s.handler(ctx, r) }
	if s.core.cfg.Observer != nil {
		return s.observed(r, call)
	}
	return guarded(call)
}

// observed calls a handler of r and observes the result, even if the handler calls Goexit.
func (s *subscription) observed(r Received, call func() error) (err error) {
	started := time.Now()
	err = ErrHandlerExited // unless it returns
	defer func() {
		s.core.observe(Observation{Kind: EventHandled, Peer: r.Origin, Event: r.Type.Name, ID: r.ID, Answers: r.Answers,
			Headers: r.Headers, Took: time.Since(started), Err: err})
	}()
	err = guarded(call)
	return err
}

// guarded turns a panic into an error.
func guarded(call func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return call()
}

func (s *subscription) report(r Received, err error) {
	s.core.counts.failures.Add(1)
	failed := &HandlerError{Endpoint: s.core.cfg.Name, Event: s.eventType.Name, Origin: r.Origin, ID: r.ID, Err: err}
	s.core.cfg.Logger.Error("lahja: handler failed", slog.String("endpoint", failed.Endpoint),
		slog.String("event", failed.Event), slog.String("origin", failed.Origin),
		slog.String("id", failed.ID.String()), slog.Any("error", err))
	if s.core.cfg.OnHandlerError != nil {
		s.core.cfg.OnHandlerError(*failed)
	}
}

// insideHandler reports whether the calling goroutine runs a handler, inline or not.
func insideHandler() bool { return caller.Inside(runEntry, callEntry) }

// runEntry and callEntry are the functions that call handlers.
var (
	runEntry  = caller.Entry((*subscription).run)
	callEntry = caller.Entry((*inbox).call)
)

func init() { caller.SetInline(callEntry) }

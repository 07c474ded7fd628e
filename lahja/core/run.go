package core

import (
	"context"
	"log/slog"
	"runtime/debug"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/caller"
)

// run calls the handler for queued events, and ends when there are none. At most one run
// per subscription is active.
func (s *subscription) run() {
	ended := false
	defer func() {
		if !ended {
			s.exited(&s.inHand[0])
		}
	}()
	ctx := s.context()
	for len(s.inHand) > 0 || s.takeUp() { // After a Goexit some are left.
		for ; len(s.inHand) > 0; s.inHand = s.inHand[1:] {
			s.handleEntry(ctx, &s.inHand[0])
			s.finished.end()
		}
	}
	ended = true
	s.rested()
}

// exited goes on after a Goexit at an event, of its handler or of OnHandlerError: the goroutine is
// lost, the subscription is not.
func (s *subscription) exited(at *entry) {
	defer func() { // OnHandlerError may exit here too.
		s.finished.end()
		at.from++
		go s.run()
	}()
	if s.telling {
		s.telling = false
		return
	}
	s.failed(at.batch.from, at.batch.events[at.from].sequence, at.batch.rareOf(at.from), lahja.ErrHandlerExited)
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
		s.owner.left(s)
	}
	s.base.handlers.End()
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
		s.finished.arm()
		if s.halted.Load() {
			s.leftBehind(*e)
			return
		}
		s.handle(ctx, e.batch, e.from)
	}
}

// traceOf returns ctx with the event's trace. An event without headers costs nothing here.
func traceOf(ctx context.Context, h lahja.Headers) context.Context {
	if h == nil {
		return ctx
	}
	if tc, ok := h.Trace(); ok {
		return lahja.WithTrace(ctx, tc)
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
	if s.config.WhenFull != lahja.Block {
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
	if s.config.WhenFull == lahja.Block {
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

// handle calls the handler for one event.
func (s *subscription) handle(ctx context.Context, b *batch, i int) {
	r := b.received(i)
	ctx = traceOf(ctx, r.Headers)
	s.finished.begin(b.from, r.ID.Sequence, b.rareOf(i))
	if err := guarded(func() error { return s.handler(ctx, r) }); err != nil {
		s.tell(b, i, err)
		return
	}
	s.finished.add(b.from, r.ID.Sequence, b.rareOf(i), nil)
}

// guarded turns a panic into an error.
func guarded(call func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &lahja.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return call()
}

// tell reports that the handler failed for an event, once, also if the report calls Goexit.
func (s *subscription) tell(b *batch, i int, err error) {
	s.telling = true
	s.failed(b.from, b.events[i].sequence, b.rareOf(i), err)
	s.telling = false
}

// failed reports that the handler failed for an event.
func (s *subscription) failed(from *source, sequence uint64, f *rareFields, err error) {
	s.finished.add(from, sequence, f, err)
	s.base.counts.failures.Add(1)
	failed := &lahja.HandlerError{Endpoint: s.base.Name(), Event: s.eventType.Name, Origin: from.origin,
		ID: lahja.EventID{Instance: from.instance, Sequence: sequence}, Err: err}
	s.base.cfg.Logger.Error("lahja: handler failed", slog.String("endpoint", failed.Endpoint),
		slog.String("event", failed.Event), slog.String("origin", failed.Origin),
		slog.String("id", failed.ID.String()), slog.Any("error", err))
	if s.base.cfg.OnHandlerError != nil {
		s.base.cfg.OnHandlerError(*failed)
	}
}

// InsideHandler reports whether the calling goroutine runs a handler, inline or not.
func InsideHandler() bool { return caller.Inside(runEntry) || caller.MustNotWait() }

// runEntry is the function that calls handlers, except inline ones.
var runEntry = caller.Entry((*subscription).run)

// subscriptionKey is the context key of the subscription whose handler runs.
type subscriptionKey struct{}

// callerOf returns the subscription whose handler received ctx, or nil.
func callerOf(ctx context.Context) *subscription {
	s, _ := ctx.Value(subscriptionKey{}).(*subscription)
	return s
}

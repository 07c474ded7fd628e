package core

import (
	"context"
	"log/slog"
	"runtime/debug"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/caller"
)

// run calls the handler for queued events, and ends when there are none.
func (s *subscription) run() { s.runFor(nil) }

// runFor is run. If turn is not nil, the caller is a reader that has entered the subscription.
// Then runFor handles what is in hand, and returns true if the caller still is the reader. At
// most one runFor per subscription is active.
func (s *subscription) runFor(turn Turn) (reads bool) {
	ended := false
	defer func() {
		if !ended {
			s.exited()
		}
	}()
	if turn != nil {
		allTaken(s.inHand)
	}
	ctx := s.context()
	for len(s.inHand) > 0 || s.takeUp() { // After a Goexit some are left.
		for ; len(s.inHand) > 0; s.inHand = s.inHand[1:] {
			s.handleEntry(ctx, &s.inHand[0])
			s.finished.end()
		}
		if turn != nil {
			if turn.Return() {
				ended = true
				s.leave()
				return true
			}
			s.kept()
			turn = nil
		}
	}
	ended = true
	s.rested()
	return false
}

// exited goes on after a Goexit: the goroutine is lost, the subscription is not. It was called by
// the handler, which costs the event, or by a function that is told of events.
func (s *subscription) exited() {
	defer func() { // Whoever is told may exit here too.
		s.uncalled()
		go s.run()
	}()
	defer s.finished.end()
	step := s.at
	if s.at = waiting; step == waiting {
		return
	}
	at := &s.inHand[0]
	i := at.from
	at.from++
	if step != reporting {
		s.failed(at.batch.from, at.batch.events[i].sequence, at.batch.rareOf(i), lahja.ErrHandlerExited)
	}
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
			s.leaveBehind(e)
			return
		}
		s.handle(ctx, e.batch, e.from)
		s.at = waiting
	}
}

// leaveBehind reports what is left of e, once, also if that exits.
func (s *subscription) leaveBehind(e *entry) {
	rest := *e
	e.from = e.to
	s.leftBehind(rest)
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
		s.ctx, s.cancel = context.WithCancel(context.WithValue(context.Background(), handlerKey{}, s))
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
	s.putBack()
	s.mu.Lock()
	s.inHand = s.takeSomeLocked()
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

// takeSomeLocked returns the next entries, in memory that is the goroutine's own. It takes all at
// once if it can: one by one, ten subscriptions of one endpoint received two thirds as many events.
func (s *subscription) takeSomeLocked() []entry {
	most, size := mostAtHand, bytesAtHand
	if s.config.WhenFull != lahja.Block {
		most = 1
	}
	if max(s.queue.len(), s.stats.Queued) <= most && s.stats.QueuedBytes <= size && s.queue.small() {
		s.stats.Taken += uint64(s.stats.Queued)
		s.stats.Queued, s.stats.QueuedBytes = 0, 0
		return s.queue.swap(s.spare[:0])
	}
	some := s.spare[:0]
	for most > 0 && size > 0 {
		e, ok := s.takeLocked(most, size)
		if !ok {
			break
		}
		most -= max(1, e.len())
		size -= e.cost()
		some = append(some, e)
	}
	return some
}

// putBack lets the memory of what was in hand be used again.
func (s *subscription) putBack() {
	for i := range s.spare {
		s.spare[i].batch.useAgain(s.spare[i].to)
	}
	clear(s.spare)
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
	s.at = handling
	err := guarded(func() error { return s.handler(ctx, r) })
	s.at = reporting
	if err != nil {
		s.failed(b.from, r.ID.Sequence, b.rareOf(i), err)
	} else {
		s.finished.add(b.from, r.ID.Sequence, b.rareOf(i), nil)
	}
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

// failed reports that the handler failed for an event.
func (s *subscription) failed(from *source, sequence uint64, f *rareFields, err error) {
	defer s.report(from, sequence, err) // The observer may exit.
	s.finished.add(from, sequence, f, err)
}

func (s *subscription) report(from *source, sequence uint64, err error) {
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

func init() { handlerEntry = caller.Entry((*subscription).runFor) }

// callerOf returns the subscription whose handler received ctx, or nil.
func callerOf(ctx context.Context) *subscription {
	s, _ := ctx.Value(handlerKey{}).(*subscription)
	return s
}

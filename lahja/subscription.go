package lahja

import (
	"context"
	"sync"
)

// Subscription is one registration for the events of one type. It has a queue
// of its own, without a bound: whoever takes events more slowly than they
// arrive uses memory, and delays nobody else.
//
// All methods are safe for concurrent use.
type Subscription struct {
	core      *Core
	eventType EventType
	handler   Handler
	wake      chan struct{} // holds one token while events may be waiting for Next
	done      chan struct{} // closed by stop

	mu      sync.Mutex
	queue   fifo
	stopped bool
	running bool               // a goroutine calls the handler
	idle    chan struct{}      // closed when running ends; nil when nobody waits
	ctx     context.Context    // the handler's, made at its first call
	cancel  context.CancelFunc // of ctx
}

func newSubscription(c *Core, t EventType, handler Handler) *Subscription {
	s := &Subscription{core: c, eventType: t, handler: handler, done: make(chan struct{})}
	if handler == nil {
		s.wake = make(chan struct{}, 1)
	}
	return s
}

// Type is the type of the events.
func (s *Subscription) Type() EventType { return s.eventType }

// Next waits for the next event. When the endpoint closes, the events that
// have arrived are still returned, and then ErrLifecycle; when the subscription
// itself is closed, ErrLifecycle at once. A subscription with a handler has no
// Next: it is ErrInvalid.
func (s *Subscription) Next(ctx context.Context) (Received, error) {
	if s.handler != nil {
		return Received{}, s.fail(ErrInvalid, "its handler takes the events; subscribe without one")
	}
	for {
		if err := ctx.Err(); err != nil {
			s.passOn()
			return Received{}, &Error{Op: "next", Endpoint: s.core.cfg.Name, Event: s.eventType.Name,
				Detail: "no event", Err: err}
		}
		r, ok, stopped := s.take()
		if ok {
			return r, nil
		}
		if stopped {
			return Received{}, s.fail(ErrLifecycle, "the subscription or its endpoint was closed")
		}
		select {
		case <-s.wake:
		case <-s.done:
		case <-ctx.Done():
		}
	}
}

// TryNext returns the next event if it is there already.
func (s *Subscription) TryNext() (Received, bool) {
	if s == nil || s.core == nil || s.handler != nil {
		return Received{}, false
	}
	r, ok, _ := s.take()
	return r, ok
}

// Close unsubscribes: nothing more is delivered, what is queued is discarded,
// and the handler's context is cancelled. It waits for a handler that runs,
// unless it is called from within a handler (of any subscription), since two of
// them could wait for each other. It is idempotent, and safe on nil and on the
// zero value.
func (s *Subscription) Close() {
	if s == nil || s.core == nil {
		return
	}
	s.core.removeSubscription(s)
	s.stop(true)
	idle := s.whenIdle()
	if idle == nil {
		s.core.left(s)
		return
	}
	if !insideHandler() {
		<-idle
	}
}

// whenIdle is closed when the handler's goroutine ends; nil when there is none.
func (s *Subscription) whenIdle() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.running {
		return nil
	}
	if s.idle == nil {
		s.idle = make(chan struct{})
	}
	return s.idle
}

// stop ends the subscription. What a stream holds stays readable unless
// discard.
func (s *Subscription) stop(discard bool) {
	s.mu.Lock()
	var barriers []*barrier
	if discard {
		barriers = s.queue.discard()
	}
	if s.running {
		// A handler still works on an event from before these.
		for _, b := range barriers {
			s.queue.push(entry{barrier: b})
		}
		barriers = nil
	}
	if !s.stopped {
		s.stopped = true
		close(s.done)
	}
	cancel := s.cancel
	s.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	for _, b := range barriers {
		b.pass()
	}
}

// push queues an event or a barrier. It never waits.
func (s *Subscription) push(e entry) {
	s.mu.Lock()
	if s.stopped && !(s.running && e.barrier != nil) {
		s.mu.Unlock()
		if e.barrier != nil {
			e.barrier.pass()
		}
		return
	}
	s.queue.push(e)
	if s.handler != nil && !s.running {
		s.running = true
		s.core.handlers.starts()
		go s.run()
	}
	s.mu.Unlock()
	s.passOn()
}

// passOn leaves a token for the next caller of Next.
func (s *Subscription) passOn() {
	if s.wake == nil {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take pops an event for Next, and wakes another caller if there are more.
func (s *Subscription) take() (r Received, ok, stopped bool) {
	s.mu.Lock()
	e, ok := s.queue.pop()
	more := s.queue.len() > 0
	stopped = s.stopped
	s.mu.Unlock()
	if more {
		s.passOn()
	}
	return e.event, ok, stopped
}

func (s *Subscription) fail(kind error, detail string) error {
	e := s.core.fail("next", kind, detail)
	e.Event = s.eventType.Name
	return e
}

package core

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/ordered"
)

// subscription implements Subscription: a queue, and the goroutine that calls the handler.
type subscription struct {
	base      *base
	number    uint64 // among those of the endpoint, from 1
	owner     owner
	eventType lahja.EventType
	handler   lahja.Handler
	typed     lahja.TypedHandler // called instead of handler; nil for none
	start     func()             // run
	config    lahja.SubscribeConfig
	wake      chan struct{} // holds one token while events may be waiting for Next
	done      chan struct{} // closed by stop

	mu      ordered.Mutex[ordered.Subscription]
	queue   fifo
	stats   lahja.SubscriptionStats
	stopped bool
	running bool        // a goroutine calls the handler
	halted  atomic.Bool // no handler may be called any more
	inHand  []entry     // taken out of the queue; the goroutine's own
	spare   []entry     // where inHand begins; the goroutine's own
	begun   *source     // the last source that typed began; the goroutine's own
	at      step        // in handling the first event of inHand; the goroutine's own
	// finished is for the observer; the goroutine that calls the handler uses it.
	finished handled
	// caller is of the reader that calls the handler; nil while none does.
	caller     atomic.Pointer[call]
	queues     int                // how many events were to be queued after the handler has kept the reader; 0 if it has not
	queuesNext int                // how many of these are still to come
	idle       chan struct{}      // closed when running ends; nil when nobody waits
	ctx        context.Context    // the handler's, made at its first call
	cancel     context.CancelFunc // of ctx
}

// owner holds subscriptions.
type owner interface {
	// removeSubscription takes a subscription out, so that it receives no more events, and stops it.
	removeSubscription(*subscription)
	// left is called when no handler of a closed subscription runs any more.
	left(*subscription)
	// Waits is called before a goroutine waits.
	Waits(context.Context)
}

func newSubscription(b *base, o owner, t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) *subscription {
	typed, config := config.Typed()
	s := &subscription{base: b, number: b.subscriptions.Add(1), owner: o, eventType: t, handler: handler, config: config, done: make(chan struct{})}
	s.finished = handled{base: b, subscription: s.number}
	s.start = s.run
	if typed != nil && typed.Serves(t, handler) {
		s.typed = typed
	}
	if handler == nil {
		s.wake = make(chan struct{}, 1)
	}
	return s
}

// Type implements lahja.Subscribed.
func (s *subscription) Type() lahja.EventType { return s.eventType }

// Next implements lahja.Subscribed.
func (s *subscription) Next(ctx context.Context) (lahja.Received, error) {
	if s.handler != nil {
		return lahja.Received{}, s.fail(lahja.ErrInvalid, "its handler takes the events; subscribe without one")
	}
	for {
		if err := ctx.Err(); err != nil {
			s.passOn()
			return lahja.Received{}, &lahja.Error{Op: "next", Endpoint: s.base.Name(), Event: s.eventType.Name,
				Detail: "no event", Err: err}
		}
		r, ok, stopped := s.take()
		if ok {
			return r, nil
		}
		if stopped {
			return lahja.Received{}, s.fail(lahja.ErrLifecycle, "the subscription or its endpoint was closed")
		}
		s.owner.Waits(ctx)
		select {
		case <-s.wake:
		case <-s.done:
		case <-ctx.Done():
		}
	}
}

// TryNext implements lahja.Subscribed.
func (s *subscription) TryNext() (lahja.Received, bool) {
	if s.handler != nil {
		return lahja.Received{}, false
	}
	r, ok, _ := s.take()
	return r, ok
}

// Close implements lahja.Subscribed.
func (s *subscription) Close() {
	s.owner.removeSubscription(s)
	idle := s.whenIdle()
	if idle == nil {
		s.owner.left(s)
		return
	}
	if !InsideHandler() {
		<-idle
	}
}

// whenIdle returns a channel that is closed when the handler's goroutine ends, or nil if
// there is none.
func (s *subscription) whenIdle() <-chan struct{} {
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

// stop ends the subscription. Events in a stream stay readable unless discard is set.
func (s *subscription) stop(discard bool) {
	s.mu.Lock()
	var discarded []entry
	if discard {
		discarded = s.queue.discard()
		s.stats.Queued, s.stats.QueuedBytes = 0, 0
	}
	for i := range discarded {
		if b := discarded[i].barrier; b != nil && s.running {
			// A handler still works on an event from before it.
			s.queue.push(entry{barrier: b})
			discarded[i].barrier = nil
		}
	}
	if !s.stopped {
		s.stopped = true
		close(s.done)
	}
	if discard {
		s.halted.Store(true)
	}
	cancel := s.cancel
	s.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	for _, e := range discarded {
		if e.barrier != nil {
			e.barrier.pass()
		}
	}
	for _, e := range discarded {
		s.leftBehind(e)
	}
	if s.config.WhenFull == lahja.Block {
		allTaken(discarded)
	}
}

// pushBarrier queues a barrier. It never waits.
func (s *subscription) pushBarrier(b *barrier) {
	s.mu.Lock()
	if s.stopped && !s.running {
		s.mu.Unlock()
		b.pass()
		return
	}
	s.queue.push(entry{barrier: b})
	s.startLocked()
	s.mu.Unlock()
}

// push queues events of one batch. It never waits: without room it does what the policy
// says.
func (s *subscription) push(events entry) {
	var dropped []*batch
	s.mu.Lock()
	if s.stopped {
		s.mu.Unlock()
		s.leftBehind(events)
		s.gaveBack(events)
		return
	}
	if s.config.WhenFull == lahja.Block {
		s.queue.push(events)
		s.stats.Queued += events.len()
		s.stats.QueuedBytes += events.cost()
	} else {
		for i := events.from; i < events.to; i++ {
			dropped = s.admitLocked(events.batch.only(i), dropped)
		}
	}
	before := s.stats.Dropped - uint64(len(dropped))
	s.startLocked()
	s.mu.Unlock()
	s.passOn()
	for i, d := range dropped {
		s.drop(d, before+uint64(i)+1)
	}
}

// admitLocked queues an event if there is room, and adds the events that it drops, possibly
// this one, to dropped. The event must be alone in its batch: otherwise one admitted event
// would keep the memory of all dropped ones.
func (s *subscription) admitLocked(event *batch, dropped []*batch) []*batch {
	for s.fullLocked(event.cost) {
		s.stats.Dropped++
		if s.config.WhenFull != lahja.DropOldest {
			return append(dropped, event)
		}
		oldest := s.queue.popEvent()
		s.leftLocked(oldest)
		dropped = append(dropped, oldest.batch)
	}
	s.queue.push(event.all())
	s.stats.Queued++
	s.stats.QueuedBytes += event.cost
	return dropped
}

// fullLocked reports whether there is no room. An empty queue admits anything.
func (s *subscription) fullLocked(cost int) bool {
	return s.stats.Queued > 0 && s.stats.QueuedBytes+cost > s.config.QueueBytes
}

func (s *subscription) startLocked() {
	if s.handler != nil && !s.running {
		s.running = true
		s.base.handlers.Start()
		s.base.workers.Run(s.start)
	}
}

// takeLocked pops the next entry, at most the given number and size of events.
func (s *subscription) takeLocked(most, size int) (entry, bool) {
	e, ok := s.queue.pop(most, size)
	s.leftLocked(e)
	s.stats.Taken += uint64(e.len())
	return e, ok
}

func (s *subscription) leftLocked(e entry) {
	s.stats.Queued -= e.len()
	s.stats.QueuedBytes -= e.cost()
}

// gaveBack acknowledges events that are no longer queued. Call it without the lock.
func (s *subscription) gaveBack(e entry) {
	if s.config.WhenFull == lahja.Block {
		allTaken([]entry{e})
	}
}

// passOn leaves a token for the next caller of Next.
func (s *subscription) passOn() {
	if s.wake == nil {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take pops an event for Next, and wakes another caller if there are more.
func (s *subscription) take() (r lahja.Received, ok, stopped bool) {
	s.mu.Lock()
	e, ok := s.takeLocked(1, 0)
	more := s.queue.len() > 0
	stopped = s.stopped
	var at time.Time
	if ok && s.base.Observes() {
		at = s.base.now() // Several callers take in the order of these times.
	}
	s.mu.Unlock()
	if !at.IsZero() {
		s.base.observe(what{kind: lahja.EventTaken, subscription: s.number, at: at}, e.batch.from, e.batch.events[e.from].sequence, e.batch.rareOf(e.from))
	}
	if more {
		s.passOn()
	}
	if !ok {
		return lahja.Received{}, false, stopped
	}
	s.gaveBack(e)
	return e.batch.received(e.from), true, stopped
}

func (s *subscription) fail(kind error, detail string) error {
	e := s.base.Fail("next", kind, detail)
	e.Event = s.eventType.Name
	return e
}

// Stats implements lahja.Subscribed.
func (s *subscription) Stats() lahja.SubscriptionStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Config implements lahja.Subscribed.
func (s *subscription) Config() lahja.SubscribeConfig { return s.config }

// observed tells of the start or the end of a subscription.
func (s *subscription) observed(kind lahja.ObservationKind) {
	s.base.Observe(lahja.Observation{Kind: kind, Event: s.eventType.Name, Shape: s.eventType.Shape, Group: s.config.Group, Subscription: s.number})
}

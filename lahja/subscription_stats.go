package lahja

import (
	"fmt"
	"log/slog"
	"math/bits"
)

// SubscriptionStats counts what became of a subscription's events.
type SubscriptionStats struct {
	// Queued events wait, of QueuedBytes (as SubscribeConfig.QueueBytes counts). A
	// handler's goroutine may have up to 64 more at hand.
	Queued, QueuedBytes int
	// Taken events went to the handler or to who called Next.
	Taken uint64
	// Dropped events found no room (SubscribeConfig.WhenFull).
	Dropped uint64
}

// Stats counts from the subscription's beginning until now.
func (s *Subscription) Stats() SubscriptionStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Config is how the subscription takes events, with its defaults.
func (s *Subscription) Config() SubscribeConfig { return s.config }

// drop tells of an event that found no room, the count-th. The log tells of the first one, the
// second, the fourth and so on, so that a flood does not become another one there.
func (s *Subscription) drop(event *batch, count uint64) {
	err := s.noRoom(fmt.Sprintf("%s (%d dropped so far)", s.config.WhenFull, count))
	r := event.received(0)
	s.core.observe(Observation{Kind: EventDropped, Peer: r.Origin, Event: s.eventType.Name,
		ID: r.ID, Answers: r.Answers, Size: event.cost - EventCost, Err: err})
	if s.config.WhenFull == Disconnect && event.flow != nil {
		event.flow.End(err)
	}
	if bits.OnesCount64(count) == 1 {
		s.core.cfg.Logger.Warn("lahja: event dropped", slog.String("endpoint", s.core.cfg.Name), slog.Any("error", err))
	}
}

func (s *Subscription) noRoom(what string) error {
	return &Error{Op: "receive", Endpoint: s.core.cfg.Name, Event: s.eventType.Name, Kind: ErrQueueFull,
		Detail: fmt.Sprintf("the subscription takes events more slowly than they come, and has no room in its %d bytes: %s", s.config.QueueBytes, what)}
}

package lahja

import (
	"fmt"
	"log/slog"
	"math/bits"
)

// Stats implements subscribed.
func (s *subscription) Stats() SubscriptionStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Config implements subscribed.
func (s *subscription) Config() SubscribeConfig { return s.config }

// drop reports an event that found no room, the count-th. The log reports the first one,
// the second, the fourth and so on, so that a flood of events does not flood the log.
func (s *subscription) drop(event *batch, count uint64) {
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

func (s *subscription) noRoom(what string) error {
	return &Error{Op: "receive", Endpoint: s.core.cfg.Name, Event: s.eventType.Name, Kind: ErrQueueFull,
		Detail: fmt.Sprintf("the subscription takes events more slowly than they arrive, and has no room in its %d bytes: %s", s.config.QueueBytes, what)}
}

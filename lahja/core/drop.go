package core

import (
	"errors"
	"fmt"
	"log/slog"
	"math/bits"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// drop reports an event that found no room, the count-th. The log reports the first one,
// the second, the fourth and so on, so that a flood of events does not flood the log.
func (s *subscription) drop(event *batch, count uint64) {
	err := s.noRoom(fmt.Sprintf("%s (%d dropped so far)", s.config.WhenFull, count))
	if s.base.Observes() {
		s.base.observe(what{kind: lahja.EventDropped, subscription: s.number, at: s.base.now(), size: event.cost - EventCost, err: err},
			event.from, event.events[0].sequence, event.rareOf(0))
	}
	if s.config.WhenFull == lahja.Disconnect && event.flow != nil {
		event.flow.End(err)
	}
	if bits.OnesCount64(count) == 1 {
		s.base.cfg.Logger.Warn("lahja: event dropped", slog.String("endpoint", s.base.Name()), slog.Any("error", err))
	}
}

func (s *subscription) noRoom(what string) error {
	return &lahja.Error{Op: "receive", Endpoint: s.base.Name(), Event: s.eventType.Name, Kind: lahja.ErrQueueFull,
		Detail: fmt.Sprintf("the subscription takes events more slowly than they arrive, and has no room in its %d bytes: %s", s.config.QueueBytes, what)}
}

// unclaimed returns why nobody takes an event.
func unclaimed(in *Incoming) error {
	if in.Answers.IsZero() {
		return errors.New("nobody here subscribes to it any more")
	}
	return errUnclaimedAnswer
}

var errUnclaimedAnswer = errors.New("no request waits for this answer any more")

// malformed returns the error for data that cannot be decoded.
func (b *base) malformed(in *Incoming, err error) error {
	return &lahja.Error{Op: "receive", Endpoint: b.Name(), Peer: in.Origin, Event: in.Type, Kind: lahja.ErrMalformed, Err: err}
}

// discard drops an event that was wanted.
func (b *base) discard(in *Incoming, reason error) {
	b.counts.unfit.Add(1)
	b.cfg.Logger.Warn("lahja: event dropped", slog.String("endpoint", b.Name()), slog.Any("error", reason))
	b.dropped(in, reason)
}

// undecodable handles an event that was decoded late and is invalid. If no endpoint can
// have sent it, its connection ends.
func (s *subscription) undecodable(b *batch, i int, err error) {
	r := b.received(i)
	in := Incoming{Type: r.Type.Name, Origin: r.Origin, ID: r.ID, Answers: r.Answers, Headers: r.Headers, Payload: b.payload(i)}
	if ends := s.base.unfit(&in, err); ends != nil && !b.flow.End(ends) {
		s.base.discard(&in, ends)
	}
}

// unfit drops an event whose data cannot be decoded. It returns an error if no endpoint can
// have sent it, so that its connection must end.
func (b *base) unfit(in *Incoming, err error) error {
	err = b.malformed(in, err)
	if !payload.WellFormed(in.Payload) {
		return err
	}
	b.discard(in, err)
	return nil
}

func (b *base) dropped(in *Incoming, reason error) {
	b.Observe(lahja.Observation{Kind: lahja.EventDropped, Peer: in.Origin, Event: in.Type, ID: in.ID, Answers: in.Answers, Headers: in.Headers, Err: reason})
}

// forged drops an answer from an endpoint that did not receive the request.
func (b *base) forged(in *Incoming) {
	in.unwanted()
	b.counts.forged.Add(1)
	reason := &lahja.Error{Op: "receive", Endpoint: b.Name(), Peer: in.Origin, Event: in.Type, Kind: lahja.ErrNotAsked,
		Detail: "it answers a request that did not go to it; the answer is dropped"}
	b.cfg.Logger.Warn("lahja: forged answer dropped", slog.String("endpoint", b.Name()), slog.String("peer", in.Origin), slog.Any("error", reason))
	b.dropped(in, reason)
}

// missed counts and observes events that did not reach the subscription they were meant
// for.
func (b *base) missed(events entry, reason error) {
	b.counts.unclaimed.Add(uint64(events.to - events.from))
	if !b.Observes() {
		return
	}
	w, all := what{kind: lahja.EventDropped, at: b.now(), err: reason}, events.batch
	for i := events.from; i < events.to; i++ {
		b.observe(w, all.from, all.events[i].sequence, all.rareOf(i))
	}
}

// leftBehind reports the events in the queue of a closed member: no other member of its
// group receives them.
func (s *subscription) leftBehind(events entry) {
	if s.config.Group != "" {
		s.base.missed(events, fmt.Errorf("the member of the queue group %q whose turn it was has been closed", s.config.Group))
	}
}

package lahja

import (
	"errors"
	"log/slog"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// Incoming is an event that arrived and is not decoded yet.
type Incoming struct {
	// Type and Shape are the wire name and the hash (EventType.Shape) that the sender gave.
	Type  string
	Shape uint64
	// Origin is the sender's name. ID and Answers are those of Received.
	Origin  string
	ID      EventID
	Answers EventID
	// Headers came with the event and have been checked; nil if there are none.
	Headers Headers
	// Groups are the queue groups for which the endpoint was chosen, sorted
	// (Outgoing.GroupsOf).
	Groups []string
	// Payload is the encoded data. The core does not keep it.
	Payload []byte
	// Types are the sender's versions of event types; nil if it does not announce them.
	Types *PeerTypes
	// Flow, if set, is called once every subscription has taken the event. Cost is what the
	// event counts for; 0 means the bytes of its payload plus EventCost.
	Flow Flow
	Cost int
}

// Flow is the connection that an event came from. It lets an implementation bound what is
// on its way to its subscribers, and send more as they take events.
type Flow interface {
	// Taken is called when every subscription that counts has taken events of that cost
	// (Incoming.Cost), or when nobody wants them. window is Interest.Window, so that Taken
	// can gather small amounts before it tells the sender. It must not block.
	Taken(cost, window int)
	// End ends the connection, because a subscription disconnects fast senders
	// (Disconnect), or because what came is not an event. It reports whether there was a
	// connection to end.
	End(reason error) bool
}

// EventCost is what an event counts for in every limit of a queue in addition to its
// encoded bytes: about its overhead in memory.
const EventCost = wire.EventCost

// Deliver gives an event to the request that it answers, then to streams, and then queues
// it for handlers. It never waits for any of them, and decodes only what is wanted. An
// event that nobody takes is observed. A payload that does not fit its type here is
// dropped, logged and observed, and fails the request that it answers. Deliver returns an
// error (ErrMalformed) only if the payload is not CBOR. With a Flow, that may be found only
// later, when a handler's goroutine decodes the event; Flow.End then ends the connection.
func (c *Core) Deliver(in Incoming) error {
	box := inbox{core: c}
	defer box.flush()
	return box.deliver(&in)
}

// unwanted returns the credit of an event that nobody receives.
func (in *Incoming) unwanted() {
	if in.Flow != nil {
		in.Flow.Taken(in.Cost, 0)
	}
}

// dispatch gives events to the subscriptions to their type.
func (c *Core) dispatch(b *batch, grouped bool) {
	e := b.from.of
	if grouped || len(e.groups) > 0 {
		c.dispatchGroups(b)
		return
	}
	pushTo(b.all(), e.interest.Window, e.blocking, e.pulled, e.handled)
}

// pushTo queues events of one batch for these subscriptions. blocking is how many of them
// make the sender wait.
func pushTo(events entry, window, blocking int, to ...[]*subscription) {
	b := events.batch
	b.expect(window, blocking)
	if blocking == 0 {
		b.release()
	}
	for _, list := range to {
		for _, s := range list {
			s.push(events)
		}
	}
}

// deliverLocal is like Deliver, for an event of the endpoint's own, whose Go value is at
// hand.
func (c *Core) deliverLocal(o *Outgoing, flow Flow, from *source) {
	in := Incoming{Type: o.Type.Name, Shape: o.Type.Shape, Origin: c.cfg.Name, ID: o.ID, Answers: o.Answers,
		Headers: o.Headers, Groups: o.GroupsOf(nil), Flow: flow, Cost: o.localCost()}
	if w := c.watching.Load(); w != nil {
		(*w).local(*o)
	}
	awaited := false
	if !in.Answers.IsZero() {
		if request := c.pendingFor(in.Answers); request != nil {
			if !request.asks(in.Origin, in.ID.Instance) {
				request.drop()
				c.forged(&in)
				c.toSelf.Add(1)
				return
			}
			awaited = true
			request.answeredHere(Received{Type: o.Type, Origin: in.Origin, ID: in.ID, Answers: in.Answers, Headers: in.Headers,
				data: o.here, endpoint: c.cfg.Endpoint})
			request.drop()
		}
	}
	entry := from.of
	if entry != nil && payload.SameShape(in.Shape, entry.eventType.Shape) {
		c.dispatch(batchOfOne(from, flow, item{sequence: in.ID.Sequence, cost: in.Cost}, o.here, in.rare()), in.Groups != nil)
	} else {
		in.unwanted()
		if entry == nil && !awaited {
			c.counts.unclaimed.Add(1)
			c.dropped(&in, unclaimed(&in))
		}
	}
	c.toSelf.Add(1) // after it is queued, see settle
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
func (c *Core) malformed(in *Incoming, err error) error {
	return &Error{Op: "receive", Endpoint: c.cfg.Name, Peer: in.Origin, Event: in.Type, Kind: ErrMalformed, Err: err}
}

// discard drops an event that was wanted.
func (c *Core) discard(in *Incoming, reason error) {
	c.counts.unfit.Add(1)
	c.cfg.Logger.Warn("lahja: event dropped", slog.String("endpoint", c.cfg.Name), slog.Any("error", reason))
	c.dropped(in, reason)
}

// undecodable handles an event that was decoded late and is invalid. If no endpoint can
// have sent it, its connection ends.
func (s *subscription) undecodable(b *batch, i int, err error) {
	r := b.received(i)
	in := Incoming{Type: r.Type.Name, Origin: r.Origin, ID: r.ID, Answers: r.Answers, Headers: r.Headers, Payload: b.payload(i)}
	if ends := s.core.unfit(&in, err); ends != nil && !b.flow.End(ends) {
		s.core.discard(&in, ends)
	}
}

// unfit drops an event whose data cannot be decoded. It returns an error if no endpoint can
// have sent it, so that its connection must end.
func (c *Core) unfit(in *Incoming, err error) error {
	err = c.malformed(in, err)
	if !payload.WellFormed(in.Payload) {
		return err
	}
	c.discard(in, err)
	return nil
}

func (c *Core) dropped(in *Incoming, reason error) {
	c.observe(Observation{Kind: EventDropped, Peer: in.Origin, Event: in.Type, ID: in.ID, Answers: in.Answers, Headers: in.Headers, Err: reason})
}

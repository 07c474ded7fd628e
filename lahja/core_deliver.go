package lahja

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// Incoming is an event that arrived, not yet decoded.
type Incoming struct {
	// Type and Shape are the wire name and the hash (EventType.Shape) that the sender gave.
	Type  string
	Shape uint64
	// Origin is the sender's name, ID and Answers are Received's.
	Origin  string
	ID      EventID
	Answers EventID
	// Headers came with the event and have been checked; nil where there are none.
	Headers Headers
	// Groups are the queue groups for which the endpoint was chosen, sorted
	// (Outgoing.GroupsOf).
	Groups []string
	// Payload is the encoded data. It is not kept.
	Payload []byte
	// Types are the sender's versions of event types; nil says that it does not tell.
	Types *PeerTypes
	// Flow, where it is set, is told once every subscription has taken the event, and
	// Cost is what the event counts for; 0 means the bytes of its payload and
	// EventCost.
	Flow Flow
	Cost int
}

// Flow is where an event came from, for an implementation that bounds what is under
// way to its subscribers: it may send again what they have taken.
type Flow interface {
	// Taken says that every subscription that counts has taken events that cost so
	// much (Incoming.Cost), or that nobody wants them. Window is Interest.Window, so
	// that small amounts can be gathered before the sender is told. It must not block.
	Taken(cost, window int)
	// End ends the connection: a subscription disconnects those who are too fast for
	// it (Disconnect), or what came is no event. It tells whether there was one to
	// end.
	End(reason error) bool
}

// EventCost is what an event counts for in every limit of a queue, beside its
// encoded bytes: about what it takes in memory.
const EventCost = wire.EventCost

// Deliver gives an event to the request that it answers, then to streams, and
// then queues it for handlers. It never waits for any of them, and decodes only
// what somebody here takes. An event that nobody takes is told to the observer.
// A payload that does not fit the type here is dropped, logged and told to the
// observer, and fails the request that it answers. It returns an error
// (ErrMalformed) only when the payload is not what its envelope claims: it is no
// CBOR. Where a Flow is given that may be found out only when a handler's turn
// comes, and ends the connection then (Flow.End).
func (c *Core) Deliver(in Incoming) error {
	box := inbox{core: c}
	defer box.flush()
	return box.deliver(&in)
}

// unwanted lets the sender send more instead of an event that goes to nobody.
func (in *Incoming) unwanted() {
	if in.Flow != nil {
		in.Flow.Taken(in.Cost, 0)
	}
}

// hand gives events to the subscriptions to their type.
func (c *Core) hand(b *batch, grouped bool) {
	e := b.from.of
	if grouped || len(e.groups) > 0 {
		c.handInTurn(b)
		return
	}
	handTo(b.all(), e.interest.Window, e.blocking, e.pulled, e.handled)
}

// handTo gives events of one batch to these subscriptions, of which so many are waited
// for.
func handTo(events entry, window, blocking int, to ...[]*subscription) {
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

// deliverLocal is Deliver for an event of the endpoint's own, whose Go value is
// at hand.
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
		c.hand(batchOfOne(from, flow, item{sequence: in.ID.Sequence, cost: in.Cost}, o.here, in.rare()), in.Groups != nil)
	} else {
		in.unwanted()
		if entry == nil && !awaited {
			c.counts.unclaimed.Add(1)
			c.dropped(&in, unclaimed(&in))
		}
	}
	c.toSelf.Add(1) // after it is queued, see settle
}

// unclaimed says why nobody takes an event.
func unclaimed(in *Incoming) error {
	if in.Answers.IsZero() {
		return fmt.Errorf("nobody here subscribes to it any more")
	}
	return errUnclaimedAnswer
}

var errUnclaimedAnswer = errors.New("no request waits for this answer any more")

// malformed is the error for data that does not decode.
func (c *Core) malformed(in *Incoming, err error) error {
	return &Error{Op: "receive", Endpoint: c.cfg.Name, Peer: in.Origin, Event: in.Type, Kind: ErrMalformed, Err: err}
}

// discard drops an event that was wanted.
func (c *Core) discard(in *Incoming, reason error) {
	c.counts.unfit.Add(1)
	c.cfg.Logger.Warn("lahja: event dropped", slog.String("endpoint", c.cfg.Name), slog.Any("error", reason))
	c.dropped(in, reason)
}

// undecodable is told of an event that was decoded late and is none. If it is nothing
// that any endpoint sends its connection ends.
func (s *subscription) undecodable(b *batch, i int, err error) {
	r := b.received(i)
	in := Incoming{Type: r.Type.Name, Origin: r.Origin, ID: r.ID, Answers: r.Answers, Headers: r.Headers, Payload: b.payload(i)}
	if ends := s.core.unfit(&in, err); ends != nil && !b.flow.End(ends) {
		s.core.discard(&in, ends)
	}
}

// unfit drops an event whose data does not decode. It returns an error when that is
// nothing that any endpoint sends, so that its connection has to end.
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

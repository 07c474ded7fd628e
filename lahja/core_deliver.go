package lahja

import (
	"errors"
	"fmt"
	"log/slog"
)

// Incoming is an event that arrived, not yet decoded.
type Incoming struct {
	// Type and Shape are the wire name and the shape that the sender gave.
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
	// Flow, where it is set, is told once every subscription has taken the event, and
	// Cost is what the event counts for; 0 means the bytes of its payload and
	// EventCost.
	Flow Flow
	Cost int
}

// Deliver gives an event to the request that it answers, then to streams, and
// then queues it for handlers. It never waits for any of them, and decodes only
// what somebody here takes. An event that nobody takes is told to the observer.
// A payload that does not fit the type here is dropped, logged and told to the
// observer, and fails the request that it answers. It returns an error
// (ErrMalformed) only when the payload is not what its envelope claims: it is no
// CBOR.
func (c *Core) Deliver(in Incoming) error {
	box := inbox{core: c}
	defer box.flush()
	return box.deliver(&in)
}

// inbox gathers what arrives, so that subscriptions get many events at once. What it
// has gathered is delivered by flush. It is for one goroutine.
type inbox struct {
	core    *Core
	events  []*delivery // gathered, all for entry
	entry   *typeEntry
	grouped bool  // some of the events are for queue groups
	used    *used // where the next ones come from; nil for new ones

	arrived Traffic       // not counted yet
	counts  *trafficCount // counts it instead of the core; nil for the core

	// Where the type of the last event was found.
	name       string
	found      *typeEntry
	generation uint64
	from       *source // of the last event
}

// mostGathered is how many events an inbox gathers at most: about as many small ones
// as one read returns.
const mostGathered = 512

// deliver is Core.Deliver, except that others may wait for flush.
func (b *inbox) deliver(in *Incoming) error {
	c := b.core
	c.observe(Observation{Kind: EventReceived, Peer: in.Origin, Event: in.Type, ID: in.ID, Answers: in.Answers, Headers: in.Headers, Size: len(in.Payload)})
	if set := c.taps.Load(); set != nil {
		set.received(in)
	}
	b.arrived.Events++
	b.arrived.Bytes += uint64(len(in.Payload))
	err := b.distribute(in)
	if err == nil || decMode.Wellformed(in.Payload) != nil {
		return err
	}
	c.discard(in, err)
	return nil
}

func (b *inbox) distribute(in *Incoming) error {
	c := b.core
	if in.Cost == 0 {
		in.Cost = len(in.Payload) + EventCost
	}
	var request *pendingRequest
	var data any // of the request's type
	if !in.Answers.IsZero() {
		b.flush() // who asked may look for what came before the answer
		if request = c.pendingFor(in.Answers); request != nil {
			var err error
			if data, err = request.answeredBy(in); err != nil {
				in.unwanted()
				return err
			}
		}
	}
	entry := b.lookUp(in.Type)
	switch {
	case entry == nil:
		in.unwanted()
		if request == nil {
			c.counts.unclaimed.Add(1)
			c.dropped(in, unclaimed(in))
		}
		return nil
	case !sameShape(in.Shape, entry.eventType.Shape):
		in.unwanted()
		c.mismatch(in)
		return nil
	}
	if data == nil || request.want.Go != entry.eventType.Go {
		var err error
		if data, err = decodeWith(entry.fast, entry.eventType.Go, in.Payload); err != nil {
			in.unwanted()
			return &Error{Op: "receive", Endpoint: c.cfg.Name, Peer: in.Origin, Event: in.Type, Kind: ErrMalformed, Err: err}
		}
	}
	b.gather(entry, in, data)
	return nil
}

// lookUp is who subscribes to a type, nil for nobody.
func (b *inbox) lookUp(name string) *typeEntry {
	generation := b.core.generation.Load()
	if b.generation != generation || b.name != name {
		b.found = b.core.entryOf(name)
		b.name, b.generation = name, generation
	}
	return b.found
}

func (b *inbox) gather(entry *typeEntry, in *Incoming, data any) {
	if b.entry != entry || len(b.events) == mostGathered {
		b.flush()
		b.entry = entry
	}
	d := b.next()
	if from := b.source(entry, in); d.from != from { // One that is used again may have it already.
		d.from = from
	}
	d.once = entry.once
	if d.flow != in.Flow {
		d.flow = in.Flow
	}
	d.sequence, d.data, d.cost = in.ID.Sequence, data, in.Cost
	if f := in.further(); f != nil {
		d.further = f
		b.grouped = b.grouped || in.Groups != nil
	}
	b.events = append(b.events, d)
}

// source is what the event has in common with others.
func (b *inbox) source(entry *typeEntry, in *Incoming) *source {
	if b.from == nil || b.from.of != entry.eventType || b.from.origin != in.Origin || b.from.instance != in.ID.Instance {
		b.from = &source{of: entry.eventType, origin: in.Origin, instance: in.ID.Instance, endpoint: b.core.cfg.Endpoint}
	}
	return b.from
}

// flush delivers what was gathered, and counts all that has arrived. What somebody
// has handled was counted.
func (b *inbox) flush() {
	b.count()
	if len(b.events) == 0 {
		return
	}
	b.core.hand(b.entry, b.events, b.grouped)
	clear(b.events)
	b.events, b.grouped = b.events[:0], false
}

func (b *inbox) count() {
	if b.arrived.Events == 0 {
		return
	}
	counts := b.counts
	if counts == nil {
		counts = &b.core.counts.received
	}
	counts.add(b.arrived)
	b.arrived = Traffic{}
}

// unwanted lets the sender send more instead of an event that goes to nobody.
func (in *Incoming) unwanted() {
	if in.Flow != nil {
		in.Flow.Taken(in.Cost, 0)
	}
}

// hand gives events to the subscriptions of the entry.
func (c *Core) hand(e *typeEntry, events []*delivery, grouped bool) {
	if grouped || len(e.groups) > 0 {
		c.handInTurn(e, events)
		return
	}
	for _, d := range events {
		d.expect(e.interest.Window, e.blocking)
	}
	if e.blocking == 0 { // Before anybody has them: then they may soon be others.
		for _, d := range events {
			d.release()
		}
	}
	for _, s := range e.pulled {
		s.push(events)
	}
	for _, s := range e.handled {
		s.push(events)
	}
}

// deliverLocal is Deliver for an event of the endpoint's own, whose Go value is
// shared.
func (c *Core) deliverLocal(o *Outgoing, flow Flow) {
	in := Incoming{Type: o.Type.Name, Shape: o.Type.Shape, Origin: c.cfg.Name, ID: o.ID, Answers: o.Answers,
		Headers: o.Headers, Groups: o.GroupsOf(nil), Flow: flow, Cost: o.localCost()}
	if set := c.taps.Load(); set != nil {
		set.local(o)
	}
	entry := c.entryOf(in.Type)
	var request *pendingRequest
	if !in.Answers.IsZero() {
		request = c.pendingFor(in.Answers)
	}
	r := Received{Type: o.Type, Origin: in.Origin, ID: in.ID, Answers: in.Answers, Headers: in.Headers, data: o.Data, endpoint: c.cfg.Endpoint}
	if request != nil {
		request.answeredHere(r)
	}
	if entry != nil && sameShape(in.Shape, entry.eventType.Shape) {
		from := &source{of: entry.eventType, origin: in.Origin, instance: c.instance, endpoint: c.cfg.Endpoint}
		d := &delivery{from: from, sequence: in.ID.Sequence, data: o.Data, flow: flow, cost: in.Cost}
		d.further = in.further()
		c.hand(entry, []*delivery{d}, in.Groups != nil)
	} else {
		in.unwanted()
		if entry == nil && request == nil {
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

func (c *Core) mismatch(in *Incoming) {
	c.discard(in, &Error{Op: "receive", Endpoint: c.cfg.Name, Peer: in.Origin, Event: in.Type, Kind: ErrTypeMismatch,
		Detail: "the sender's type has another shape than the one here; build both from one definition"})
}

// discard drops an event that was wanted.
func (c *Core) discard(in *Incoming, reason error) {
	c.counts.unfit.Add(1)
	c.cfg.Logger.Warn("lahja: event dropped", slog.String("endpoint", c.cfg.Name), slog.Any("error", reason))
	c.dropped(in, reason)
}

func (c *Core) dropped(in *Incoming, reason error) {
	c.observe(Observation{Kind: EventDropped, Peer: in.Origin, Event: in.Type, ID: in.ID, Answers: in.Answers, Headers: in.Headers, Err: reason})
}

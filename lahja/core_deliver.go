package lahja

import (
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
	// Payload is the encoded data. It is not kept.
	Payload []byte
}

// Deliver gives an event to the request that it answers, then to streams, and
// then queues it for handlers. It never waits for any of them, and decodes only
// what somebody here takes. An event that nobody takes is told to the observer.
// A payload that does not fit the type here is dropped, logged and told to the
// observer, and fails the request that it answers. It returns an error
// (ErrMalformed) only when the payload is not what its envelope claims: it is no
// CBOR.
func (c *Core) Deliver(in Incoming) error {
	var decoded any
	decode := func(t EventType) (any, error) {
		if decoded != nil {
			return decoded, nil
		}
		var err error
		decoded, err = decodePayload(t.Go, in.Payload)
		return decoded, err
	}
	r := Received{Origin: in.Origin, ID: in.ID, Answers: in.Answers, Headers: in.Headers, endpoint: &c.cfg.Endpoint}
	c.observe(Observation{Kind: EventReceived, Peer: in.Origin, Event: in.Type, ID: in.ID, Answers: in.Answers, Headers: in.Headers, Size: len(in.Payload)})
	err := c.dispatch(r, in.Type, in.Shape, decode)
	if err == nil || decMode.Wellformed(in.Payload) != nil {
		return err
	}
	c.discard(r, in.Type, err)
	return nil
}

// deliverLocal is Deliver for an event of the endpoint's own, whose Go value is
// shared.
func (c *Core) deliverLocal(o *Outgoing) {
	r := Received{Origin: c.cfg.Name, ID: o.ID, Answers: o.Answers, Headers: o.Headers, endpoint: &c.cfg.Endpoint}
	// Decoding nothing cannot fail.
	_ = c.dispatch(r, o.Type.Name, o.Type.Shape, func(EventType) (any, error) { return o.Data, nil })
	c.toSelf.Add(1) // after it is queued, see settle
}

func (c *Core) dispatch(r Received, name string, shape uint64, decode func(EventType) (any, error)) error {
	c.mu.Lock()
	request := c.takePendingLocked(r.Answers)
	entry := c.types[name]
	var here EventType
	var pulled, handled []*Subscription
	if entry != nil {
		here, pulled, handled = entry.eventType, entry.pulled, entry.handled
	}
	c.mu.Unlock()

	if request != nil {
		if name != request.want.Name {
			request.unexpected(name, r.Origin)
		} else if err := request.resolve(r, shape, decode); err != nil {
			return err
		}
	}
	if entry == nil {
		if request == nil {
			c.dropped(r, name, unclaimed(r))
		}
		return nil
	}
	if !sameShape(shape, here.Shape) {
		c.mismatch(r, name)
		return nil
	}
	data, err := decode(here)
	if err != nil {
		return &Error{Op: "receive", Endpoint: c.cfg.Name, Peer: r.Origin, Event: name, Kind: ErrMalformed, Err: err}
	}
	r.Type, r.Data = here, data
	for _, s := range pulled {
		s.push(entryOf(r))
	}
	for _, s := range handled {
		s.push(entryOf(r))
	}
	return nil
}

// unclaimed says why nobody takes an event.
func unclaimed(r Received) error {
	if r.Answers.IsZero() {
		return fmt.Errorf("nobody here subscribes to it any more")
	}
	return fmt.Errorf("no request waits for this answer any more")
}

func (c *Core) mismatch(r Received, name string) {
	err := &Error{Op: "receive", Endpoint: c.cfg.Name, Peer: r.Origin, Event: name, Kind: ErrTypeMismatch,
		Detail: "the sender's type has another shape than the one here; build both from one definition"}
	c.discard(r, name, err)
}

// discard drops an event that was wanted.
func (c *Core) discard(r Received, name string, reason error) {
	c.cfg.Logger.Warn("lahja: event dropped", slog.String("endpoint", c.cfg.Name), slog.Any("error", reason))
	c.dropped(r, name, reason)
}

func (c *Core) dropped(r Received, name string, reason error) {
	c.observe(Observation{Kind: EventDropped, Peer: r.Origin, Event: name, ID: r.ID, Answers: r.Answers, Headers: r.Headers, Err: reason})
}

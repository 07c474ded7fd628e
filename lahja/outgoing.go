package lahja

import (
	"context"
	"fmt"
	"reflect"
)

// Outgoing is an event that has passed every check and has its id and its receivers. An
// implementation encodes it if any receiver is remote, then delivers it locally, then sends
// it.
type Outgoing struct {
	Type EventType
	// Data is the event as passed to Broadcast. It may change after Broadcast returns.
	Data    any
	ID      EventID
	Answers EventID
	// Headers are within their limits and include the context's trace; nil if there are
	// none. All receivers share the map.
	Headers Headers
	// Local reports whether the endpoint itself receives it (DeliverLocal).
	Local bool
	// Remotes are the peers that receive it. Tell those that receive it as members of queue
	// groups which groups (GroupsOf).
	Remotes []*Remote
	// Mismatch is the error for peers that subscribe to the type in an incompatible version.
	// Return it after the others have received the event.
	Mismatch error

	chosen     []chosen   // receivers that are members of groups
	one        [1]*Remote // memory for Remotes
	core       *Core
	described  *description
	here       any    // for the endpoint's own subscribers; nil unless Local
	encoded    []byte // Data, if it was encoded for here
	mismatches mismatches
	op         string
	request    *pendingRequest
}

// Prepare makes the checks of a broadcast in order (context, lifecycle, binding, type,
// config, headers, subscribers), gives the event its id and finds its receivers. It takes
// the trace from ctx.
func (c *Core) Prepare(ctx context.Context, payload any, config BroadcastConfig) (*Outgoing, error) {
	o := new(Outgoing)
	if err := c.fill(ctx, o, "broadcast", payload, config, nil); err != nil {
		return nil, err
	}
	return o, nil
}

// PrepareRequest is like Prepare, for an event that expects answers (Awaited).
func (c *Core) PrepareRequest(ctx context.Context, payload any, want EventType, config BroadcastConfig) (*Outgoing, error) {
	o := new(Outgoing)
	if err := c.fillRequest(ctx, o, payload, want, config); err != nil {
		return nil, err
	}
	return o, nil
}

// fillRequest is like PrepareRequest, for an Outgoing of the caller's, which must be zero.
func (c *Core) fillRequest(ctx context.Context, o *Outgoing, payload any, want EventType, config BroadcastConfig) error {
	if want.Name == "" || want.Go == nil {
		return c.fail("request", ErrInvalid, "the wanted type has no name or no Go type; get it from TypeOf")
	}
	return c.fill(ctx, o, "request", payload, config, &want)
}

// fill is like Prepare, or with want like PrepareRequest, for an Outgoing of the caller's,
// which must be zero.
func (c *Core) fill(ctx context.Context, o *Outgoing, op string, payload any, config BroadcastConfig, want *EventType) error {
	err := c.checked(ctx, o, op, payload, config, want)
	if err == nil && o.Local {
		if err = o.prepareLocal(); err != nil && o.request != nil {
			o.request.Close()
		}
	}
	if err != nil {
		return completed(err, Error{Endpoint: c.cfg.Name, Event: eventOf(payload)})
	}
	return nil
}

// prepareLocal makes the value for the endpoint's own subscribers, equal to the one that a
// peer's receive. It fails if the event could not be sent to a peer either.
func (o *Outgoing) prepareLocal() error {
	received, encoded, err := o.described.payload.RoundTrip(o.Data)
	if err != nil {
		return o.unencodable(err)
	}
	o.here, o.encoded = received, encoded
	return nil
}

func (o *Outgoing) unencodable(err error) error {
	e := o.fail(ErrInvalid, "it cannot be encoded")
	e.Err = err
	return e
}

func (c *Core) checked(ctx context.Context, o *Outgoing, op string, payload any, config BroadcastConfig, want *EventType) error {
	if ctx.Err() != nil || !c.running.Load() {
		return c.CheckContext(ctx, op)
	}
	if _, ok := payload.(alreadyBound); ok {
		return c.fail(op, ErrBind, fmt.Sprintf("a received %T cannot be broadcast; broadcast its Data", payload))
	}
	described, err := c.describe(payload)
	if err != nil {
		return err
	}
	data, ok := dereference(payload)
	if !ok {
		return c.fail(op, ErrInvalid, fmt.Sprintf("the event is a nil %T", payload))
	}
	o.Type, o.described, o.Data, o.Answers, o.core, o.op = described.EventType, described, data, config.FilterEventID, c, op
	if config.Internal && len(config.FilterEndpoints) > 0 {
		return o.fail(ErrInvalid, "Internal and FilterEndpoints exclude each other; use one of them")
	}
	if o.Headers, err = config.Headers.toSend(ctx); err != nil {
		return o.fail(ErrInvalid, err.Error())
	}
	err = c.bind(o, config, want)
	if why, ok := err.(*unrouted); ok {
		return why.explain(o)
	}
	if o.mismatches.count > 0 {
		o.Mismatch = o.mismatch()
		if err == errMismatches {
			return o.Mismatch
		}
	}
	return err
}

// describe is like typeOfValue, and remembers the last type.
func (c *Core) describe(payload any) (*description, error) {
	if last := c.described.Load(); last != nil && last.Go == reflect.TypeOf(payload) {
		return last, nil
	}
	d, err := typeOfValue(payload)
	if err == nil {
		c.described.Store(d)
	}
	return d, err
}

// bind chooses the receivers and registers the request in one step, so that no receiver can
// leave in between unnoticed.
func (c *Core) bind(o *Outgoing, config BroadcastConfig, want *EventType) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.checkLocked(o.op); err != nil {
		return err
	}
	if err := c.routeLocked(o, config); err != nil {
		return err
	}
	if want != nil && !o.Local && len(o.Remotes) == 0 {
		if o.mismatches.count > 0 {
			return errMismatches
		}
		return &unrouted{kind: ErrNoSubscribers, why: "nobody is there to answer", who: c.whoLocked(config.Internal)}
	}
	o.ID = EventID{Instance: c.instance, Sequence: c.sequence.Add(1)}
	if want != nil {
		o.ID.Sequence = c.requestIDLocked()
		o.request = c.newPending(o, *want)
		c.pending[o.ID.Sequence] = o.request
		for _, r := range o.Remotes {
			r.tellLocked(*want)
		}
	}
	return nil
}

// Encode encodes the data. It fails with ErrTooLarge above the limit.
func (o *Outgoing) Encode() ([]byte, error) { return o.AppendPayload(nil) }

// AppendPayload is like Encode, and appends to dst.
func (o *Outgoing) AppendPayload(dst []byte) ([]byte, error) {
	start := len(dst)
	dst, err := o.appendPayload(dst)
	if err != nil {
		return nil, o.unencodable(err)
	}
	size := len(dst) - start
	if limit := o.core.cfg.MaxPayload; size > limit {
		return nil, o.fail(ErrTooLarge, fmt.Sprintf("%d bytes encoded, the limit is %d (Options.MaxPayload)", size, limit))
	}
	if err := o.described.payload.Admit(dst[start:], int64(o.core.cfg.MaxDecoded)); err != nil {
		e := o.fail(ErrTooLarge, "no peer would take it")
		e.Err = err
		return nil, e
	}
	o.described.size.Store(int64(size))
	return dst, nil
}

func (o *Outgoing) appendPayload(dst []byte) ([]byte, error) {
	if o.encoded != nil {
		return append(dst, o.encoded...), nil
	}
	return o.described.payload.Append(dst, o.Data)
}

// Awaited returns the answers to a request, nil if the event is no request. They exist from
// its preparation on: if the request cannot be sent, close them.
func (o *Outgoing) Awaited() Answers {
	if o.request == nil {
		return nil
	}
	return o.request
}

func (o *Outgoing) fail(kind error, detail string) *Error {
	e := o.core.fail(o.op, kind, detail)
	e.Event = o.Type.Name
	return e
}

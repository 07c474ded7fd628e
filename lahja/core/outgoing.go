package core

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/eventtype"
)

// Outgoing is an event that has passed every check and has its id and its receivers. An
// implementation encodes it if any receiver is remote, then delivers it locally, then sends
// it and tells the observer (Sent). If the broadcast or request fails, it returns what
// Core.SendFailed returns.
type Outgoing struct {
	Type lahja.EventType
	// Data is the event as passed to Broadcast. It may change after Broadcast returns.
	Data    any
	ID      lahja.EventID
	Answers lahja.EventID
	// Headers are within their limits and include the context's trace; nil if there are
	// none. All receivers share the map.
	Headers lahja.Headers
	// Local reports whether the endpoint itself receives it (DeliverLocal).
	Local bool
	// Remotes are the peers that receive it. Tell those that receive it as members of queue
	// groups which groups (GroupsOf).
	Remotes []*Remote
	// Mismatch is the error for peers that subscribe to the type in an incompatible version.
	// Return it after the others have received the event.
	Mismatch error

	chosen     []chosen   // receivers that are members of groups
	named      []string   // the names of Remotes without these, if somebody observes and they are known
	one        [1]*Remote // memory for Remotes
	core       *Core
	described  *eventtype.Type
	here       any    // for the endpoint's own subscribers; nil unless Local
	encoded    []byte // Data, if it was encoded for here
	mismatches mismatches
	op         string
	at         time.Time // before it was queued, for the observer
	request    *PendingRequest
}

// Prepare makes the checks of a broadcast in order (context, lifecycle, binding, type,
// config, headers, subscribers), gives the event its id and finds its receivers. It takes
// the trace from ctx.
func (c *Core) Prepare(ctx context.Context, payload any, config lahja.BroadcastConfig) (*Outgoing, error) {
	o := new(Outgoing)
	if err := c.Fill(ctx, o, "broadcast", payload, config, nil); err != nil {
		return nil, err
	}
	return o, nil
}

// PrepareRequest is like Prepare, for an event that expects answers (Awaited).
func (c *Core) PrepareRequest(ctx context.Context, payload any, want lahja.EventType, config lahja.BroadcastConfig) (*Outgoing, error) {
	o := new(Outgoing)
	if err := c.FillRequest(ctx, o, payload, want, config); err != nil {
		return nil, err
	}
	return o, nil
}

// FillRequest is like PrepareRequest, for an Outgoing of the caller's, which must be zero.
func (c *Core) FillRequest(ctx context.Context, o *Outgoing, payload any, want lahja.EventType, config lahja.BroadcastConfig) error {
	if want.Name == "" || want.Go == nil {
		return c.Fail("request", lahja.ErrInvalid, "the wanted type has no name or no Go type; get it from TypeOf")
	}
	return c.Fill(ctx, o, "request", payload, config, &want)
}

// Fill is like Prepare, or with want like PrepareRequest, for an Outgoing of the caller's,
// which must be zero.
func (c *Core) Fill(ctx context.Context, o *Outgoing, op string, payload any, config lahja.BroadcastConfig, want *lahja.EventType) error {
	err := c.checked(ctx, o, op, payload, config, want)
	if err == nil && o.Local {
		if err = o.prepareLocal(); err != nil && o.request != nil {
			o.Awaited().Close()
		}
	}
	if err != nil {
		return lahja.Completed(err, lahja.Error{Endpoint: c.Name(), Event: eventtype.NameOf(payload)})
	}
	if c.Observes() {
		o.begins()
	}
	return nil
}

// prepareLocal makes the value for the endpoint's own subscribers, equal to the one that a
// peer's receive. It fails if the event could not be sent to a peer either.
func (o *Outgoing) prepareLocal() error {
	received, encoded, err := o.described.Payload.RoundTrip(o.Data)
	if err != nil {
		return o.unencodable(err)
	}
	o.here, o.encoded = received, encoded
	return nil
}

func (o *Outgoing) unencodable(err error) error {
	e := o.Fail(lahja.ErrInvalid, "it cannot be encoded")
	e.Err = err
	return e
}

func (c *Core) checked(ctx context.Context, o *Outgoing, op string, payload any, config lahja.BroadcastConfig, want *lahja.EventType) error {
	if ctx.Err() != nil || !c.running.Load() {
		return c.CheckContext(ctx, op)
	}
	if _, ok := payload.(eventtype.Bound); ok {
		return c.Fail(op, lahja.ErrBind, fmt.Sprintf("a received %T cannot be broadcast; broadcast its Data", payload))
	}
	described, err := c.describe(payload)
	if err != nil {
		return err
	}
	data, ok := eventtype.Dereference(payload)
	if !ok {
		return c.Fail(op, lahja.ErrInvalid, fmt.Sprintf("the event is a nil %T", payload))
	}
	o.Type = lahja.EventType{Name: described.Name, Shape: described.Shape, Go: described.Go}
	o.described, o.Data, o.Answers, o.core, o.op = described, data, config.FilterEventID, c, op
	if config.Internal && len(config.FilterEndpoints) > 0 {
		return o.Fail(lahja.ErrInvalid, "Internal and FilterEndpoints exclude each other; use one of them")
	}
	if o.Headers, err = config.Headers.ToSend(ctx); err != nil {
		return o.Fail(lahja.ErrInvalid, err.Error())
	}
	err = c.bind(o, config, want)
	if why, ok := err.(*unrouted); ok {
		return why.explain(o.Fail(nil, ""))
	}
	if o.mismatches.count > 0 {
		o.Mismatch = o.mismatches.explain(o.Fail(lahja.ErrTypeMismatch, ""))
		if err == errMismatches {
			return o.Mismatch
		}
	}
	return err
}

// describe returns the type of an event, and remembers the last one.
func (c *Core) describe(payload any) (*eventtype.Type, error) {
	if last := c.described.Load(); last != nil && last.Go == reflect.TypeOf(payload) {
		return last, nil
	}
	d, err := eventtype.OfValue(payload)
	if err != nil {
		_, err = lahja.TypeOfValue(payload) // which says so in the users' terms
		return nil, err
	}
	c.described.Store(d)
	return d, nil
}

// bind chooses the receivers and registers the request in one step, so that no receiver can
// leave in between unnoticed.
func (c *Core) bind(o *Outgoing, config lahja.BroadcastConfig, want *lahja.EventType) error {
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
		return &unrouted{kind: lahja.ErrNoSubscribers, why: "nobody is there to answer", who: c.whoLocked(config.Internal)}
	}
	o.ID = lahja.EventID{Instance: c.instance, Sequence: c.sequence.Add(1)}
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
	dst, err := o.AppendUnchecked(dst)
	if err != nil {
		return nil, o.unencodable(err)
	}
	size := len(dst) - start
	if limit := o.core.cfg.MaxPayload; size > limit {
		return nil, o.Fail(lahja.ErrTooLarge, fmt.Sprintf("%d bytes encoded, the limit is %d (Options.MaxPayload)", size, limit))
	}
	if err := o.described.Payload.Admit(dst[start:], int64(o.core.cfg.MaxDecoded)); err != nil {
		e := o.Fail(lahja.ErrTooLarge, "no peer would take it")
		e.Err = err
		return nil, e
	}
	o.described.Size.Store(int64(size))
	return dst, nil
}

// IsRequest reports whether the event expects answers.
func (o *Outgoing) IsRequest() bool { return o.request != nil }

// Sender is the name of the endpoint that sends the event.
func (o *Outgoing) Sender() string { return o.core.Name() }

// Op is the operation that errors name.
func (o *Outgoing) Op() string { return o.op }

// SizeHint returns the size of the last event of the type, encoded: a guess at the size of
// this one.
func (o *Outgoing) SizeHint() int { return int(o.described.Size.Load()) }

// AppendUnchecked is like AppendPayload, without its checks. It may be called on a copy.
func (o *Outgoing) AppendUnchecked(dst []byte) ([]byte, error) {
	if o.encoded != nil {
		return append(dst, o.encoded...), nil
	}
	return o.described.Payload.Append(dst, o.Data)
}

// Awaited returns the answers to a request, nil if the event is no request. They exist from
// its preparation on: if the request cannot be sent, close them.
func (o *Outgoing) Awaited() lahja.Answers {
	if o.request == nil {
		return nil
	}
	return o.request
}

// Fail makes an error of the call for this event.
func (o *Outgoing) Fail(kind error, detail string) *lahja.Error {
	e := o.core.Fail(o.op, kind, detail)
	e.Event = o.Type.Name
	return e
}

package lahja

import (
	"bytes"
	"log/slog"
	"reflect"
	"slices"

	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// PeerTypes is what a peer has described of its event types (Core.Described). The zero value is a
// peer that has described none. It is safe for concurrent use.
type PeerTypes = payload.Versions

// Description describes an event type to peers, so that they can compare their version with
// it.
type Description struct {
	// Type is the wire name.
	Type string
	// Layout is the encoded layout. It is shared.
	Layout []byte
}

// Descriptions lists all types to which the endpoint has ever subscribed, in the order of the first
// subscriptions, without the first n. Describe a type to peers before you tell them that the
// endpoint subscribes to it. The list has no types that are too large for a description.
func (c *Core) Descriptions(n int) []Description {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.ownTypes.all[n:])
}

// ownTypes are the types to which the endpoint has ever subscribed.
type ownTypes struct {
	all   []Description
	known map[string]struct{}
}

func (o *ownTypes) add(d Description) {
	if _, known := o.known[d.Type]; known || d.Layout == nil {
		return
	}
	if o.known == nil {
		o.known = map[string]struct{}{}
	}
	o.known[d.Type] = struct{}{}
	o.all = append(o.all, d)
}

// Described records a peer's version of an event type. If the endpoint subscribes to the
// type in an incompatible version, Described reports that once, to the log and to the
// observer. A malformed layout is ErrMalformed.
func (c *Core) Described(peer string, types *PeerTypes, d Description) error {
	if mine := names.get(d.Type); mine != nil && bytes.Equal(mine.Layout, d.Layout) {
		return nil
	}
	if err := types.Keep(d.Type, d.Layout); err != nil {
		return &Error{Op: "receive", Endpoint: c.cfg.Name, Peer: peer, Event: d.Type, Kind: ErrMalformed, Err: err}
	}
	c.mu.Lock()
	c.routes = nil // What could not be compared can be now.
	entry := c.types[d.Type]
	c.mu.Unlock()
	if entry == nil {
		return nil
	}
	if conflict := types.Warning(d.Type, entry.payload); conflict != "" {
		err := c.mismatch("compare types", peer, d.Type, conflict)
		c.cfg.Logger.Warn("lahja: no events of this type pass", slog.String("endpoint", c.cfg.Name), slog.Any("error", err))
		c.observe(Observation{Kind: TypesDiffer, Peer: peer, Event: d.Type, Err: err})
	}
	return nil
}

// mismatch is the error for a peer's version of a type that does not fit the one here.
func (c *Core) mismatch(op, peer, event, conflict string) *Error {
	return &Error{Op: op, Endpoint: c.cfg.Name, Peer: peer, Event: event, Kind: ErrTypeMismatch, Detail: conflict + mendMismatch}
}

// mendMismatch is what to do about it.
const mendMismatch = "; give a field whose type changes a new name"

// tellLocked has the peer told, once, which version of a type is here.
func (r *Remote) tellLocked(t EventType) {
	if _, told := r.told[t.Go]; told || r.core.cfg.Describe == nil {
		return
	}
	if r.told == nil {
		r.told = map[reflect.Type]struct{}{}
	}
	r.told[t.Go] = struct{}{}
	if known, err := payload.Of(t.Go); err == nil && known.Layout != nil {
		r.core.cfg.Describe(r, Description{Type: t.Name, Layout: known.Layout})
	}
}

// TellAgain describes the types to the peer again, because it may have missed some.
func (r *Remote) TellAgain() {
	c := r.core
	c.mu.Lock()
	defer c.mu.Unlock()
	r.told, c.routes = nil, nil
}

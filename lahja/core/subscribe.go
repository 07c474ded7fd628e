package core

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/eventtype"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// Subscribe implements lahja.EndpointAPI. It fails with ErrInvalid if the Go type is not known,
// because events could not be decoded.
func (c *Core) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	config, err := config.Complete()
	if err != nil {
		return nil, lahja.Completed(err, lahja.Error{Endpoint: c.Name(), Event: t.Name})
	}
	s := newSubscription(&c.base, c, t, handler, config)
	changed, err := c.addSubscription("subscribe", s)
	if err != nil {
		return nil, lahja.Completed(err, lahja.Error{Event: t.Name})
	}
	s.observed(lahja.SubscriptionStarted)
	if changed {
		c.ownChanged()
	}
	return lahja.NewSubscription(s), nil
}

// addSubscription reports whether the endpoint's own set has changed.
func (c *Core) addSubscription(op string, s *subscription) (changed bool, err error) {
	if s.eventType.Name == "" || s.eventType.Go == nil {
		return false, c.Fail(op, lahja.ErrInvalid, "the event type has no name or no Go type; get it from TypeOf")
	}
	sent, err := payload.Of(s.eventType.Go)
	if err != nil {
		return false, c.Fail(op, lahja.ErrInvalid, err.Error())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.checkLocked(op); err != nil {
		return false, err
	}
	entry := c.types[s.eventType.Name]
	switch {
	case entry == nil && len(c.types) >= wire.MaxTypes:
		return false, c.Fail(op, lahja.ErrInvalid, fmt.Sprintf("it subscribes to %d types, which is the limit", wire.MaxTypes))
	case entry == nil:
		c.ownTypes.add(Description{Type: s.eventType.Name, Layout: sent.Layout})
		entry = &typeEntry{eventType: s.eventType, payload: sent, most: int64(c.cfg.MaxDecoded)}
	case entry.eventType.Go != s.eventType.Go:
		return false, c.Fail(op, lahja.ErrTypeMismatch, fmt.Sprintf("it is already %s here, not %s; give one of them another name",
			entry.eventType.Go, s.eventType.Go))
	}
	if detail := c.joinsTooManyLocked(entry, s.config.Group); detail != "" {
		return false, c.Fail(op, lahja.ErrInvalid, detail)
	}
	return c.replaceLocked(entry, entry.with(s)), nil
}

// joinsTooManyLocked returns which limit keeps the endpoint from joining one more queue
// group for a type, or "". The names are limited too, because an event lists all groups for
// which it is received.
func (c *Core) joinsTooManyLocked(entry *typeEntry, group string) string {
	groups := entry.interest.Groups
	if group == "" || slices.Contains(groups, group) {
		return ""
	}
	size := len(group)
	for _, other := range groups {
		size += len(other)
	}
	switch {
	case len(groups) >= wire.MaxTypeGroups:
		return fmt.Sprintf("it is a member of %d groups for this type, which is the limit", wire.MaxTypeGroups)
	case size > wire.MaxTypeGroupBytes:
		return fmt.Sprintf("the names of its groups for this type would have %d bytes together; the limit is %d; use shorter ones", size, wire.MaxTypeGroupBytes)
	case c.memberships >= wire.MaxGroups:
		return fmt.Sprintf("it is a member of %d groups, which is the limit", wire.MaxGroups)
	}
	return ""
}

// replaceLocked replaces an entry, and reports whether the endpoint's own set has changed.
func (c *Core) replaceLocked(before, after *typeEntry) (changed bool) {
	name := before.eventType.Name
	c.types[name] = after
	if f := c.local[name]; f != nil {
		f.from = nil // It has the entry before, and so what has unsubscribed.
	}
	if after.empty() {
		delete(c.types, name)
	}
	c.generation.Add(1)
	c.memberships += len(after.interest.Groups) - len(before.interest.Groups)
	c.widest = max(c.widest, after.interest.Window)
	if sameInterest(after.interest, before.interest) {
		return false
	}
	c.ownChangedLocked()
	return true
}

func (c *Core) removeSubscription(s *subscription) {
	dropped, changed := c.dropSubscription(s)
	s.stop(true)
	if dropped {
		s.observed(lahja.SubscriptionEnded)
	}
	if changed {
		c.ownChanged()
	}
}

// dropSubscription reports whether the subscription was there, and whether the endpoint's
// own set has changed.
func (c *Core) dropSubscription(s *subscription) (dropped, changed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.types[s.eventType.Name]
	if before == nil {
		return false, false
	}
	after := before.without(s)
	if after == nil {
		return false, false
	}
	c.leaving[s] = struct{}{}
	return true, c.replaceLocked(before, after)
}

// left is called when no handler of a closed subscription runs any more. It adds the
// subscription's counts to the totals, once.
func (c *Core) left(s *subscription) {
	stats := s.Stats()
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, leaves := c.leaving[s]; !leaves {
		return
	}
	delete(c.leaving, s)
	c.counts.taken += stats.Taken
	c.counts.dropped += stats.Dropped
}

func (c *Core) ownChanged() {
	if c.cfg.OwnChanged != nil {
		c.cfg.OwnChanged()
	}
}

// AppendOwn appends frames that announce Own to a peer, and describe the types that the
// peer was not told of yet. told is how many it was told of.
func (c *Core) AppendOwn(dst []byte, told *int) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.ownTypes.all[*told:] {
		dst = wire.DescribedMsg(d).Append(dst)
	}
	*told = len(c.ownTypes.all)
	return wire.AppendSubscriptions(dst, c.versions.Own, c.types, func(e *typeEntry) wire.Interest { return onWire(e.interest) })
}

// WidestWindow returns the largest Interest.Window that any peer was ever told.
func (c *Core) WidestWindow() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.widest
}

// Descriptions lists all types to which the endpoint has ever subscribed, in the order of the first
// subscriptions, without the first n. Describe a type to peers before you tell them that the
// endpoint subscribes to it. The list has no types that are too large for a description.
func (c *Core) Descriptions(n int) []Description {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.ownTypes.all[n:])
}

// Described records a peer's version of an event type. If the endpoint subscribes to the
// type in an incompatible version, Described reports that once, to the log and to the
// observer. A malformed layout is ErrMalformed.
func (c *Core) Described(peer string, types *PeerTypes, d Description) error {
	if mine := eventtype.ByName(d.Type); mine != nil && bytes.Equal(mine.Layout, d.Layout) {
		return nil
	}
	if err := types.Keep(d.Type, d.Layout); err != nil {
		return &lahja.Error{Op: "receive", Endpoint: c.Name(), Peer: peer, Event: d.Type, Kind: lahja.ErrMalformed, Err: err}
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
		c.cfg.Logger.Warn("lahja: no events of this type pass", slog.String("endpoint", c.Name()), slog.Any("error", err))
		c.Observe(lahja.Observation{Kind: lahja.TypesDiffer, Peer: peer, Event: d.Type, Err: err})
	}
	return nil
}

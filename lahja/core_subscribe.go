package lahja

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// typeEntry holds the endpoint's own subscriptions to one event type. It is immutable, so
// that delivery needs no lock: a change makes a new one.
type typeEntry struct {
	eventType     EventType
	payload       *payload.Type
	most          int64 // CoreConfig.MaxDecoded
	pulled        []*subscription
	handled       []*subscription
	everyone      []*subscription    // those outside of groups; streams first
	groups        map[string]members // the others
	interest      Interest           // of all of them together
	blocking      int                // how many of them make senders wait (Block)
	decodesItself bool               // its only subscription decodes events itself, and drops nothing
	inline        bool               // and its handler is called by the reader
}

// admit calls payload.Type.Admit.
func (e *typeEntry) admit(data []byte) error { return e.payload.Admit(data, e.most) }

// entryOf returns the subscriptions to a type, or nil.
func (c *Core) entryOf(name string) *typeEntry {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.types[name]
}

// Subscribe implements EndpointAPI. It fails with ErrInvalid if the Go type is not known,
// because events could not be decoded.
func (c *Core) Subscribe(t EventType, handler Handler, config SubscribeConfig) (*Subscription, error) {
	config, err := config.checked()
	if err != nil {
		return nil, completed(err, Error{Endpoint: c.cfg.Name, Event: t.Name})
	}
	s := newSubscription(c, t, handler, config)
	changed, err := c.addSubscription("subscribe", s)
	if err != nil {
		return nil, completed(err, Error{Event: t.Name})
	}
	if changed {
		c.ownChanged()
	}
	return &Subscription{held: s}, nil
}

// addSubscription reports whether the endpoint's own set has changed.
func (c *Core) addSubscription(op string, s *subscription) (changed bool, err error) {
	if s.eventType.Name == "" || s.eventType.Go == nil {
		return false, c.fail(op, ErrInvalid, "the event type has no name or no Go type; get it from TypeOf")
	}
	sent, err := payload.Of(s.eventType.Go)
	if err != nil {
		return false, c.fail(op, ErrInvalid, err.Error())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.checkLocked(op); err != nil {
		return false, err
	}
	entry := c.types[s.eventType.Name]
	switch {
	case entry == nil && len(c.types) >= wire.MaxTypes:
		return false, c.fail(op, ErrInvalid, fmt.Sprintf("it subscribes to %d types, which is the limit", wire.MaxTypes))
	case entry == nil:
		c.ownTypes.add(Description{Type: s.eventType.Name, Layout: sent.Layout})
		entry = &typeEntry{eventType: s.eventType, payload: sent, most: int64(c.cfg.MaxDecoded)}
	case entry.eventType.Go != s.eventType.Go:
		return false, c.fail(op, ErrTypeMismatch, fmt.Sprintf("it is already %s here, not %s; give one of them another name",
			entry.eventType.Go, s.eventType.Go))
	}
	if detail := c.joinsTooManyLocked(entry, s.config.Group); detail != "" {
		return false, c.fail(op, ErrInvalid, detail)
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
	if after.interest.equal(before.interest) {
		return false
	}
	c.ownChangedLocked()
	return true
}

// with returns the entry with one more subscription.
func (e *typeEntry) with(s *subscription) *typeEntry {
	changed := typeEntry{eventType: e.eventType, payload: e.payload, most: e.most, pulled: e.pulled, handled: e.handled}
	list := changed.list(s)
	*list = append(slices.Clip(*list), s)
	return changed.summed(e.groups)
}

// without returns the entry without a subscription, or nil if it is not there.
func (e *typeEntry) without(s *subscription) *typeEntry {
	changed := typeEntry{eventType: e.eventType, payload: e.payload, most: e.most, pulled: e.pulled, handled: e.handled}
	list := changed.list(s)
	i := slices.Index(*list, s)
	if i < 0 {
		return nil
	}
	*list = slices.Delete(slices.Clone(*list), i, i+1)
	return changed.summed(e.groups)
}

func (e *typeEntry) empty() bool { return len(e.pulled)+len(e.handled) == 0 }

// summed computes what the subscriptions need together. groups are the previous ones.
func (e typeEntry) summed(groups map[string]members) *typeEntry {
	e.interest = Interest{Shape: e.eventType.Shape}
	for _, list := range [][]*subscription{e.pulled, e.handled} {
		for _, s := range list {
			e.interest.add(s.config)
			e.join(s, groups)
			if s.config.WhenFull == Block {
				e.blocking++
			}
		}
	}
	e.decodesItself = len(e.pulled) == 0 && len(e.handled) == 1 && e.handled[0].typed != nil && e.blocking == 1 && len(e.groups) == 0
	e.inline = e.decodesItself && e.handled[0].config.Inline
	e.interest.Window = cmp.Or(e.interest.Window, DefaultQueueBytes)
	slices.Sort(e.interest.Groups)
	return &e
}

func (i *Interest) add(c SubscribeConfig) {
	switch {
	case c.Group == "":
		i.Everyone = true
	case !slices.Contains(i.Groups, c.Group):
		i.Groups = append(i.Groups, c.Group)
	}
	if c.WhenFull == Block && (i.Window == 0 || c.QueueBytes < i.Window) {
		i.Window = c.QueueBytes
	}
}

func (c *Core) removeSubscription(s *subscription) {
	if c.dropSubscription(s) {
		c.ownChanged()
	}
}

// dropSubscription reports whether the endpoint's own set has changed.
func (c *Core) dropSubscription(s *subscription) (changed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.types[s.eventType.Name]
	if before == nil {
		return false
	}
	after := before.without(s)
	if after == nil {
		return false
	}
	c.leaving[s] = struct{}{}
	return c.replaceLocked(before, after)
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

func (e *typeEntry) list(s *subscription) *[]*subscription {
	if s.handler == nil {
		return &e.pulled
	}
	return &e.handled
}

func (c *Core) ownChangedLocked() {
	c.versions.Own++
	c.own = nil
	c.bumpLocked(false, true)
}

func (c *Core) ownChanged() {
	if c.cfg.OwnChanged != nil {
		c.cfg.OwnChanged()
	}
}

// Own returns what the endpoint subscribes to, by wire name, and the number of that set
// (Snapshot.Own). The map is shared; do not change it.
func (c *Core) Own() (set map[string]Interest, number uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ownLocked(), c.versions.Own
}

func (c *Core) ownLocked() map[string]Interest {
	if c.own == nil {
		c.own = make(map[string]Interest, len(c.types))
		for name, entry := range c.types {
			c.own[name] = entry.interest
		}
	}
	return c.own
}

// appendOwn appends frames that announce Own to a peer, and describe the types that the
// peer was not told of yet. told is how many it was told of.
func (c *Core) appendOwn(dst []byte, told *int) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.ownTypes.all[*told:] {
		dst = wire.DescribedMsg(d).Append(dst)
	}
	*told = len(c.ownTypes.all)
	return wire.AppendSubscriptions(dst, c.versions.Own, c.types, func(e *typeEntry) wire.Interest { return e.interest.onWire() })
}

// subscriptionKey is the context key of the subscription whose handler runs.
type subscriptionKey struct{}

// callerOf returns the subscription whose handler received ctx, or nil.
func callerOf(ctx context.Context) *subscription {
	s, _ := ctx.Value(subscriptionKey{}).(*subscription)
	return s
}

// widestWindow returns the largest Interest.Window that any peer was ever told.
func (c *Core) widestWindow() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.widest
}

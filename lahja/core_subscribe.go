package lahja

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// typeEntry is who subscribes to one event type here. It is never changed, so that
// delivery needs no lock: a change makes another one.
type typeEntry struct {
	eventType     EventType
	payload       *payload.Type
	most          int64 // CoreConfig.MaxDecoded
	pulled        []*subscription
	handled       []*subscription
	everyone      []*subscription    // those outside of groups; streams first
	groups        map[string]members // the others
	interest      Interest           // what they come to together
	blocking      int                // how many of them are waited for (Block)
	decodesItself bool               // its one subscription decodes by itself, and drops nothing
	inline        bool               // and wants to be called by who reads
}

// admit is payload.Type.Admit.
func (e *typeEntry) admit(data []byte) error { return e.payload.Admit(data, e.most) }

// entryOf is who subscribes to a type, nil for nobody.
func (c *Core) entryOf(name string) *typeEntry {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.types[name]
}

// Subscribe is EndpointAPI.Subscribe. It fails with ErrInvalid where the Go type
// is not known, as there would be nothing to decode into.
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

// addSubscription tells whether the endpoint's own set has changed by it.
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
		return false, c.fail(op, ErrInvalid, fmt.Sprintf("it subscribes to %d types, which is the most", wire.MaxTypes))
	case entry == nil:
		c.ownTypes.add(Description{Type: s.eventType.Name, Layout: sent.Layout})
		entry = &typeEntry{eventType: s.eventType, payload: sent, most: int64(c.cfg.MaxDecoded)}
	case entry.eventType.Go != s.eventType.Go:
		return false, c.fail(op, ErrTypeMismatch, fmt.Sprintf("it is %s here already, not %s; give one of them another name",
			entry.eventType.Go, s.eventType.Go))
	}
	if detail := c.joinsTooManyLocked(entry, s.config.Group); detail != "" {
		return false, c.fail(op, ErrInvalid, detail)
	}
	return c.replaceLocked(entry, entry.with(s)), nil
}

// joinsTooManyLocked says which limit of queue groups does not let the endpoint join one more
// for a type; "" is none. An event names all for which it is received, so names have one too.
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
		return fmt.Sprintf("it is a member of %d groups for this type, which is the most", wire.MaxTypeGroups)
	case size > wire.MaxTypeGroupBytes:
		return fmt.Sprintf("the names of its groups for this type would have %d bytes together, the most is %d; use shorter ones", size, wire.MaxTypeGroupBytes)
	case c.memberships >= wire.MaxGroups:
		return fmt.Sprintf("it is a member of %d groups, which is the most", wire.MaxGroups)
	}
	return ""
}

// replaceLocked puts an entry in the place of another one, and tells whether the
// endpoint's own set is something else by it.
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

// with is the entry and one subscription more.
func (e *typeEntry) with(s *subscription) *typeEntry {
	changed := typeEntry{eventType: e.eventType, payload: e.payload, most: e.most, pulled: e.pulled, handled: e.handled}
	list := changed.list(s)
	*list = append(slices.Clip(*list), s)
	return changed.summed(e.groups)
}

// without is the entry and one subscription less, nil if it is not there.
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

// summed notes what the subscriptions come to together. Groups are those before.
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

// dropSubscription tells whether the endpoint's own set has changed by it.
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

// left is called when no handler of a closed subscription runs any more. What it
// came to is kept for the totals, once.
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

// Own is what the endpoint subscribes to, by wire name, and the number of that set
// (Snapshot.Own). The map is shared and must not be changed.
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

// appendOwn appends frames that tell a peer what Own is, and describe the types that it has
// not been told of yet: all but the first ones, so many.
func (c *Core) appendOwn(dst []byte, told *int) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.ownTypes.all[*told:] {
		dst = wire.DescribedMsg(d).Append(dst)
	}
	*told = len(c.ownTypes.all)
	return wire.AppendSubscriptions(dst, c.versions.Own, c.types, func(e *typeEntry) wire.Interest { return e.interest.onWire() })
}

// subscriptionKey finds, in a handler's context, the subscription it serves.
type subscriptionKey struct{}

// callerOf is the subscription whose handler was given ctx, or nil.
func callerOf(ctx context.Context) *subscription {
	s, _ := ctx.Value(subscriptionKey{}).(*subscription)
	return s
}

// widestWindow is the largest Interest.Window that any peer was ever told.
func (c *Core) widestWindow() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.widest
}

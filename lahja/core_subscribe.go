package lahja

import (
	"context"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/internal/wire"
)

// typeEntry is who subscribes to one event type here. The slices are never
// changed in place, so that delivery may read them without the lock.
type typeEntry struct {
	eventType EventType
	pulled    []*Subscription
	handled   []*Subscription
}

// Subscribe is EndpointAPI.Subscribe. It fails with ErrInvalid where the Go type
// is not known, as there would be nothing to decode into.
func (c *Core) Subscribe(t EventType, handler Handler) (*Subscription, error) {
	s := newSubscription(c, t, handler)
	first, err := c.addSubscription("subscribe", s)
	if err != nil {
		return nil, completed(err, Error{Event: t.Name})
	}
	if first {
		c.ownChanged()
	}
	return s, nil
}

// addSubscription tells whether it is the first one to its type.
func (c *Core) addSubscription(op string, s *Subscription) (first bool, err error) {
	if s.eventType.Name == "" || s.eventType.Go == nil {
		return false, c.fail(op, ErrInvalid, "the event type has no name or no Go type; get it from TypeOf")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.checkLocked(op); err != nil {
		return false, err
	}
	entry := c.types[s.eventType.Name]
	if entry == nil {
		if len(c.types) >= wire.MaxTypes {
			return false, c.fail(op, ErrInvalid, fmt.Sprintf("it subscribes to %d types, which is the most", wire.MaxTypes))
		}
		entry = &typeEntry{eventType: s.eventType}
		c.types[s.eventType.Name] = entry
		c.ownChangedLocked()
		first = true
	}
	if entry.eventType.Go != s.eventType.Go {
		return false, c.fail(op, ErrTypeMismatch, fmt.Sprintf("it is %s here already, not %s; give one of them another name",
			entry.eventType.Go, s.eventType.Go))
	}
	list := entry.list(s)
	*list = append(slices.Clip(*list), s)
	return first, nil
}

func (c *Core) removeSubscription(s *Subscription) {
	if c.dropSubscription(s) {
		c.ownChanged()
	}
}

// dropSubscription tells whether it was the last one to its type.
func (c *Core) dropSubscription(s *Subscription) (last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry := c.types[s.eventType.Name]
	if entry == nil {
		return false
	}
	list := entry.list(s)
	i := slices.Index(*list, s)
	if i < 0 {
		return false
	}
	*list = slices.Delete(slices.Clone(*list), i, i+1)
	if s.handler != nil {
		c.leaving[s] = struct{}{}
	}
	if len(entry.pulled)+len(entry.handled) > 0 {
		return false
	}
	delete(c.types, s.eventType.Name)
	c.ownChangedLocked()
	return true
}

// left is called when no handler of a closed subscription runs any more.
func (c *Core) left(s *Subscription) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.leaving, s)
}

func (e *typeEntry) list(s *Subscription) *[]*Subscription {
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

// Own is what the endpoint subscribes to, by wire name, with the hash of each
// type's shape, and the number of that set (Snapshot.Own). The map is shared
// and must not be changed.
func (c *Core) Own() (set map[string]uint64, number uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ownLocked(), c.versions.Own
}

func (c *Core) ownLocked() map[string]uint64 {
	if c.own == nil {
		c.own = make(map[string]uint64, len(c.types))
		for name, entry := range c.types {
			c.own[name] = entry.eventType.Shape
		}
	}
	return c.own
}

// subscriptionKey finds, in a handler's context, the subscription it serves.
type subscriptionKey struct{}

// callerOf is the subscription whose handler was given ctx, or nil.
func callerOf(ctx context.Context) *Subscription {
	s, _ := ctx.Value(subscriptionKey{}).(*Subscription)
	return s
}

package core

import (
	"cmp"
	"slices"
	"sync/atomic"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// typeEntry holds the endpoint's own subscriptions to one event type. It is immutable, so
// that delivery needs no lock: a change makes a new one.
type typeEntry struct {
	eventType     lahja.EventType
	payload       *payload.Type
	most          int64 // Config.MaxDecoded
	pulled        []*subscription
	handled       []*subscription
	everyone      []*subscription    // those outside of groups; streams first
	groups        map[string]members // the others
	interest      lahja.Interest     // of all of them together
	blocking      int                // how many of them make senders wait (Block)
	alone         *subscription      // the only one, if it drops nothing and is in no group: the reader may call its handler
	decodesItself bool               // alone decodes events itself
}

// admit calls payload.Type.Admit.
func (e *typeEntry) admit(data []byte) error { return e.payload.Admit(data, e.most) }

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
	e.interest = lahja.Interest{Shape: e.eventType.Shape}
	for _, list := range [][]*subscription{e.pulled, e.handled} {
		for _, s := range list {
			joinInterest(&e.interest, s.config)
			e.join(s, groups)
			if s.config.WhenFull == lahja.Block {
				e.blocking++
			}
		}
	}
	if len(e.pulled) == 0 && len(e.handled) == 1 && e.blocking == 1 && len(e.groups) == 0 {
		e.alone = e.handled[0]
		e.decodesItself = e.alone.typed != nil
	}
	e.interest.Window = cmp.Or(e.interest.Window, lahja.DefaultQueueBytes)
	slices.Sort(e.interest.Groups)
	return &e
}

func joinInterest(i *lahja.Interest, c lahja.SubscribeConfig) {
	switch {
	case c.Group == "":
		i.Everyone = true
	case !slices.Contains(i.Groups, c.Group):
		i.Groups = append(i.Groups, c.Group)
	}
	if c.WhenFull == lahja.Block && (i.Window == 0 || c.QueueBytes < i.Window) {
		i.Window = c.QueueBytes
	}
}

func (e *typeEntry) list(s *subscription) *[]*subscription {
	if s.handler == nil {
		return &e.pulled
	}
	return &e.handled
}

// members are the endpoint's own subscriptions in one queue group. They receive events in
// turn.
type members struct {
	subscriptions []*subscription
	next          *atomic.Uint64 // counts events; shared with later versions of the group
}

// join makes a subscription a member of its group, or one that receives every event if it
// has none. before are the previous groups, which know whose turn it is.
func (e *typeEntry) join(s *subscription, before map[string]members) {
	name := s.config.Group
	if name == "" {
		e.everyone = append(e.everyone, s)
		return
	}
	if e.groups == nil {
		e.groups = map[string]members{}
	}
	m, known := e.groups[name]
	if !known {
		if m.next = before[name].next; m.next == nil {
			m.next = new(atomic.Uint64)
		}
	}
	m.subscriptions = append(m.subscriptions, s)
	e.groups[name] = m
}

package lahja

import (
	"errors"
	"fmt"
	"sync/atomic"
)

// members are an endpoint's own of one queue group. They receive in turn.
type members struct {
	subscriptions []*subscription
	next          *atomic.Uint64 // outlives changes
}

// join makes a subscription a member of its group, if it has one, or else one that
// receives every event. Groups are those before, for their turns.
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

// dispatchGroups gives each event to all subscriptions outside of groups, and of each group
// for which the endpoint was chosen to one member.
func (c *Core) dispatchGroups(b *batch) {
	e := b.from.of
	for i := range b.events {
		d := b.only(i)
		to := append([]*subscription(nil), e.everyone...)
		for _, name := range d.groups(0) {
			m := e.groups[name]
			if n := uint64(len(m.subscriptions)); n > 0 {
				to = append(to, m.subscriptions[m.next.Add(1)%n])
				continue
			}
			c.missed(d.all(), fmt.Errorf("nobody here is a member of the queue group %q any more", name))
		}
		if len(to) == 0 && d.rareOf(0) == nil {
			c.missed(d.all(), errors.New("only members of queue groups subscribe to it here any more, and it is for none"))
		}
		blocking := 0
		for _, s := range to {
			if s.config.WhenFull == Block {
				blocking++
			}
		}
		pushTo(d.all(), e.interest.Window, blocking, to)
	}
}

// missed counts and tells of events that did not come to a subscription for which they were
// meant.
func (c *Core) missed(events entry, reason error) {
	c.counts.unclaimed.Add(uint64(events.to - events.from))
	for i := events.from; i < events.to; i++ {
		r := events.batch.received(i)
		c.observe(Observation{Kind: EventDropped, Peer: r.Origin, Event: r.Type.Name, ID: r.ID, Answers: r.Answers, Headers: r.Headers, Err: reason})
	}
}

// leftBehind tells of events that were in the queue of a member when it was closed:
// nobody else of its group gets them.
func (s *subscription) leftBehind(events entry) {
	if s.config.Group != "" {
		s.core.missed(events, fmt.Errorf("the member of the queue group %q whose turn it was has been closed", s.config.Group))
	}
}

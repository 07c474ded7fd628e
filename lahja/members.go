package lahja

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
)

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

// dispatchGroups gives each event to all subscriptions outside of groups, and to one member
// of each group for which the endpoint was chosen.
func (c *Core) dispatchGroups(b *batch) {
	e := b.from.of
	for i := range b.events {
		d := b.only(i)
		to := slices.Clone(e.everyone)
		for _, name := range d.groups(0) {
			m := e.groups[name]
			if n := uint64(len(m.subscriptions)); n > 0 {
				to = append(to, m.subscriptions[m.next.Add(1)%n])
				continue
			}
			c.missed(d.all(), fmt.Errorf("nobody here is a member of the queue group %q any more", name))
		}
		if len(to) == 0 && d.rareOf(0) == nil {
			c.missed(d.all(), errors.New("only members of queue groups still subscribe to it here, and it is for none"))
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

// missed counts and observes events that did not reach the subscription they were meant
// for.
func (c *Core) missed(events entry, reason error) {
	c.counts.unclaimed.Add(uint64(events.to - events.from))
	for i := events.from; i < events.to; i++ {
		r := events.batch.received(i)
		c.observe(Observation{Kind: EventDropped, Peer: r.Origin, Event: r.Type.Name, ID: r.ID, Answers: r.Answers, Headers: r.Headers, Err: reason})
	}
}

// leftBehind reports the events in the queue of a closed member: no other member of its
// group receives them.
func (s *subscription) leftBehind(events entry) {
	if s.config.Group != "" {
		s.core.missed(events, fmt.Errorf("the member of the queue group %q whose turn it was has been closed", s.config.Group))
	}
}

package core

import (
	"cmp"
	"slices"
)

// Queue groups: the sender of an event chooses one member of each group, in turn, and tells it
// for which groups it was chosen. So no two endpoints need to agree on anything.

// group is the members of one queue group, one of which is chosen.
type group struct {
	name    string
	members []member
}

// member is a peer, or the endpoint itself if remote is nil. If it also subscribes outside
// of groups, it receives the event in any case.
type member struct {
	remote   *Remote
	everyone bool
}

func (m member) name() string {
	if m.remote == nil {
		return "" // before all others
	}
	return m.remote.name
}

// chosen is a receiver with the groups for which it receives an event, sorted.
type chosen struct {
	remote *Remote
	groups []string
}

// groupKey is one group among the subscribers of one event type.
type groupKey struct{ event, group string }

// mostTurns is for how many groups the core knows whose turn it is. Beyond that, turns
// start over.
const mostTurns = 10_000

func (r *route) addMember(name string, m member) {
	for _, g := range r.groups {
		if g.name == name {
			g.members = append(g.members, m)
			return
		}
	}
	r.groups = append(r.groups, &group{name: name, members: []member{m}})
}

// sort sorts groups and members, so that their order is stable.
func (r *route) sort() {
	slices.SortFunc(r.groups, func(a, b *group) int { return cmp.Compare(a.name, b.name) })
	for _, g := range r.groups {
		slices.SortFunc(g.members, func(a, b member) int { return cmp.Compare(a.name(), b.name()) })
	}
}

// chooseLocked adds one member of each group to o's receivers.
func (c *Core) chooseLocked(o *Outgoing, groups []*group) {
	for _, g := range groups {
		m := c.nextLocked(o, g)
		i := slices.IndexFunc(o.chosen, func(other chosen) bool { return other.remote == m.remote })
		switch {
		case i >= 0:
			o.chosen[i].groups = append(o.chosen[i].groups, g.name)
			continue
		case m.remote == nil:
			o.Local = true
		case !m.everyone:
			o.Remotes = append(o.Remotes, m.remote)
		}
		o.chosen = append(o.chosen, chosen{m.remote, []string{g.name}})
	}
}

// nextLocked returns the member whose turn it is, or the next one that is not full.
func (c *Core) nextLocked(o *Outgoing, g *group) member {
	n := len(g.members)
	if n == 1 {
		return g.members[0]
	}
	at := groupKey{o.Type.Name, g.name}
	if len(c.nextMember) >= mostTurns {
		clear(c.nextMember)
	}
	first := c.nextMember[at] % n
	i := first
	for c.fullLocked(o, g.members[i]) {
		if i = (i + 1) % n; i == first {
			break
		}
	}
	c.nextMember[at] = i + 1
	return g.members[i]
}

// fullLocked reports whether the event would have to wait for the member.
func (c *Core) fullLocked(o *Outgoing, m member) bool {
	switch {
	case !o.Answers.IsZero():
		return false
	case m.remote != nil:
		return c.cfg.Full != nil && c.cfg.Full(m.remote.Link, o.Type.Name, int(o.described.Size.Load()))
	}
	return !c.localLocked(o).window.HasRoom()
}

// HasGroups reports whether a receiver was chosen for a queue group.
func (o *Outgoing) HasGroups() bool { return len(o.chosen) > 0 }

// GroupsOf returns the queue groups for which a receiver was chosen, sorted. receiver is
// nil for the endpoint itself. The receiver needs to know them (Incoming.Groups).
func (o *Outgoing) GroupsOf(receiver *Remote) []string {
	for _, c := range o.chosen {
		if c.remote == receiver {
			return c.groups
		}
	}
	return nil
}

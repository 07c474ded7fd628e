package lahja

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Inspect returns what the core knows of an Inspection. Addresses and queues are missing,
// and the Totals that are counted where events are sent.
func (c *Core) Inspect() Inspection {
	i := Inspection{Name: c.cfg.Name, Instance: instanceText(c.instance), At: time.Now(), Peers: []InspectedPeer{},
		Subscriptions: []InspectedSubscription{}, Local: []InspectedWindow{}, Taps: []InspectedTap{}}
	c.mu.Lock()
	i.Since, i.Pending = c.since, len(c.pending)
	var theirs []map[string]Interest // never changed, so they can be looked at later
	var versions []*PeerTypes
	for _, r := range c.remotes {
		i.Peers = append(i.Peers, InspectedPeer{Name: r.name, Instance: instanceText(r.instance), Since: r.since, Windows: []InspectedWindow{}, Differing: []InspectedDifference{}})
		theirs, versions = append(theirs, r.subscriptions), append(versions, r.types)
	}
	for _, f := range c.local {
		i.Local = append(i.Local, InspectedWindow{Type: f.window.Event(), UnderWay: f.window.InFlight(), Window: f.window.Size(), Waiting: f.window.Waiting()})
	}
	var subscriptions []*subscription
	for _, entry := range c.types {
		subscriptions = append(append(subscriptions, entry.pulled...), entry.handled...)
	}
	i.Totals.Taken, i.Totals.Dropped = c.counts.taken, c.counts.dropped
	for s := range c.leaving {
		subscriptions = append(subscriptions, s)
	}
	closed := len(c.leaving)
	c.mu.Unlock()

	own := names.all()
	for n, set := range theirs {
		i.Peers[n].Subscriptions = inspectInterests(set)
		for _, d := range versions[n].Differences(own) {
			i.Peers[n].Differing = append(i.Peers[n].Differing, InspectedDifference(d))
		}
	}
	for n, s := range subscriptions {
		seen := s.inspect()
		i.Totals.Taken += seen.Taken
		i.Totals.Dropped += seen.Dropped
		if n < len(subscriptions)-closed {
			i.Subscriptions = append(i.Subscriptions, seen)
		}
	}
	c.inspectTotals(&i.Totals)
	slices.SortFunc(i.Peers, func(a, b InspectedPeer) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(i.Local, func(a, b InspectedWindow) int { return cmp.Compare(a.Type, b.Type) })
	slices.SortStableFunc(i.Subscriptions, func(a, b InspectedSubscription) int { return cmp.Compare(a.Type, b.Type) })
	return i
}

func (c *Core) inspectTotals(t *Totals) {
	t.Broadcast, t.Local = c.sequence.Load(), c.toSelf.Load()
	t.Received = c.counts.received.now()
	t.Unclaimed, t.Unfit, t.HandlerErrors = c.counts.unclaimed.Load(), c.counts.unfit.Load(), c.counts.failures.Load()
	t.Forged = c.counts.forged.Load()
}

func (s *subscription) inspect() InspectedSubscription {
	stats := s.Stats()
	return InspectedSubscription{Type: s.eventType.Name, Group: s.config.Group, Handler: s.handler != nil, WhenFull: s.config.WhenFull.String(),
		Queued: stats.Queued, QueuedBytes: stats.QueuedBytes, Limit: s.config.QueueBytes, Taken: stats.Taken, Dropped: stats.Dropped}
}

func inspectInterests(set map[string]Interest) []InspectedInterest {
	all := make([]InspectedInterest, 0, len(set))
	for _, name := range slices.Sorted(maps.Keys(set)) {
		i := set[name]
		all = append(all, InspectedInterest{Type: name, Shape: instanceText(i.Shape), Window: i.Window, Groups: i.Groups, Everyone: i.Everyone})
	}
	return all
}

package core

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/inspect"
	"github.com/lahja/go-lahja/lahja/internal/eventtype"
)

// Inspect returns what the core knows of an Inspection. Addresses and queues are missing,
// and the Totals that are counted where events are sent.
func (c *Core) Inspect() inspect.Inspection {
	i := inspect.Inspection{Name: c.Name(), Instance: InstanceText(c.instance), At: time.Now(), Peers: []inspect.Peer{},
		Subscriptions: []inspect.Subscription{}, Local: []inspect.Window{}, Taps: []inspect.Tap{}}
	c.mu.Lock()
	i.Since, i.Pending = c.since, len(c.pending)
	var theirs []map[string]lahja.Interest // never changed, so they can be looked at later
	var versions []*PeerTypes
	for _, r := range c.remotes {
		i.Peers = append(i.Peers, inspect.Peer{Name: r.name, Instance: InstanceText(r.instance), Since: r.since, Windows: []inspect.Window{}, Differing: []inspect.Difference{}})
		theirs, versions = append(theirs, r.subscriptions), append(versions, r.types)
	}
	for _, f := range c.local {
		i.Local = append(i.Local, inspect.Window{Type: f.window.Event(), UnderWay: f.window.InFlight(), Window: f.window.Size(), Waiting: f.window.Waiting()})
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

	own := eventtype.All()
	for n, set := range theirs {
		i.Peers[n].Subscriptions = InspectInterests(set)
		for _, d := range versions[n].Differences(own) {
			i.Peers[n].Differing = append(i.Peers[n].Differing, inspect.Difference(d))
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
	slices.SortFunc(i.Peers, func(a, b inspect.Peer) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(i.Local, func(a, b inspect.Window) int { return cmp.Compare(a.Type, b.Type) })
	slices.SortStableFunc(i.Subscriptions, func(a, b inspect.Subscription) int { return cmp.Compare(a.Type, b.Type) })
	return i
}

func (c *Core) inspectTotals(t *inspect.Totals) {
	t.Broadcast, t.Local = c.sequence.Load(), c.toSelf.Load()
	t.Received = c.counts.received.Now()
	t.Unclaimed, t.Unfit, t.HandlerErrors = c.counts.unclaimed.Load(), c.counts.unfit.Load(), c.counts.failures.Load()
	t.Forged, t.Lost = c.counts.forged.Load(), c.counts.lost.Load()
}

func (s *subscription) inspect() inspect.Subscription {
	stats := s.Stats()
	return inspect.Subscription{Type: s.eventType.Name, Group: s.config.Group, Handler: s.handler != nil, WhenFull: s.config.WhenFull.String(),
		Queued: stats.Queued, QueuedBytes: stats.QueuedBytes, Limit: s.config.QueueBytes, Taken: stats.Taken, Dropped: stats.Dropped}
}

// instanceText formats a number as it begins an event id. In JSON it is text, because some
// readers lose precision on numbers of that size.
func InstanceText(n uint64) string { return fmt.Sprintf("%016x", n) }

// InspectInterests is a set of subscriptions as an inspection shows it.
func InspectInterests(set map[string]lahja.Interest) []inspect.Interest {
	all := make([]inspect.Interest, 0, len(set))
	for _, name := range slices.Sorted(maps.Keys(set)) {
		i := set[name]
		all = append(all, inspect.Interest{Type: name, Shape: InstanceText(i.Shape), Window: i.Window, Groups: i.Groups, Everyone: i.Everyone})
	}
	return all
}

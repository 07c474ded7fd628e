package core

import (
	"cmp"
	"slices"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// observedLocked is the time of a change of which the observer is told once c.mu is unlocked.
// Calls that the change wakes may do something before that; by this time it comes after.
func (c *Core) observedLocked() (at time.Time) {
	if c.Observes() {
		at = c.now()
	}
	return at
}

// observe tells of the peer. set is what it has announced, if that is of interest.
func (r *Remote) observe(kind lahja.ObservationKind, at time.Time, set map[string]lahja.Interest, reason error) {
	if !r.core.Observes() {
		return
	}
	r.core.Observe(lahja.Observation{Kind: kind, Time: at, Peer: r.name, PeerInstance: r.instance, Types: typesIn(set), Err: reason})
}

// typesIn returns the types that a peer subscribes to, sorted by name.
func typesIn(set map[string]lahja.Interest) []lahja.EventType {
	types := make([]lahja.EventType, 0, len(set))
	for name, interest := range set {
		types = append(types, lahja.EventType{Name: name, Shape: interest.Shape})
	}
	slices.SortFunc(types, func(a, b lahja.EventType) int { return cmp.Compare(a.Name, b.Name) })
	return types
}

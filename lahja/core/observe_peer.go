package core

import (
	"cmp"
	"slices"

	"github.com/lahja/go-lahja/lahja"
)

// observe tells of the peer. set is what it has announced, if that is of interest.
func (r *Remote) observe(kind lahja.ObservationKind, set map[string]lahja.Interest, reason error) {
	if !r.core.Observes() {
		return
	}
	r.core.Observe(lahja.Observation{Kind: kind, Peer: r.name, PeerInstance: r.instance, Types: typesIn(set), Err: reason})
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

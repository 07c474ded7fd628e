package core

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/lahja"
)

// mismatches are the peers that subscribe to a type in an incompatible version.
type mismatches struct {
	count int
	named []mismatched // the first ones
}

type mismatched struct{ peer, conflict string }

// mostMismatches is how many of them an error names.
const mostMismatches = 3

// errMismatches stands for Outgoing.Mismatch, which is made when no lock is held.
var errMismatches = errors.New("nobody has a version of the type that fits")

// add records a peer and why its version does not fit.
func (m *mismatches) add(peer, conflict string) {
	m.count++
	if len(m.named) < mostMismatches {
		m.named = append(m.named, mismatched{peer, conflict})
	}
}

// explain completes an error with a few of the mismatches, and what is incompatible.
func (m *mismatches) explain(e *lahja.Error) error {
	named := m.named
	var names, conflicts []string
	for _, one := range named {
		names, conflicts = append(names, one.peer), append(conflicts, one.peer+": "+one.conflict)
	}
	if more := m.count - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	conflict := brief.Each(len(conflicts), "; ", func(i int) string { return brief.Text(conflicts[i]) })
	if !slices.ContainsFunc(named, func(one mismatched) bool { return one.conflict != named[0].conflict }) {
		conflict = named[0].conflict
	}
	e.Peer, e.Detail = brief.List(names), conflict+mendMismatch
	return e
}

// mismatch is the error for a peer's version of a type that does not fit the one here.
func (b *base) mismatch(op, peer, event, conflict string) *lahja.Error {
	return &lahja.Error{Op: op, Endpoint: b.Name(), Peer: peer, Event: event, Kind: lahja.ErrTypeMismatch, Detail: conflict + mendMismatch}
}

// mendMismatch is what to do about it.
const mendMismatch = "; give a field whose type changes a new name"

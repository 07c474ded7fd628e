package lahja

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/lahja/internal/payload"
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

// fits reports whether an event can go to a peer whose version of its type has that shape,
// and records if not. A peer with another version is told ours, so that it can decode the
// event, or say why it receives none.
func (r *route) fits(o *Outgoing, peer *Remote, theirs uint64) bool {
	if payload.SameShape(theirs, o.Type.Shape) {
		return true
	}
	peer.tellLocked(o.Type)
	conflict := peer.types.Conflict(o.Type.Name, o.described.payload, theirs)
	if conflict == "" {
		return true
	}
	r.mismatches.count++
	if len(r.mismatches.named) < mostMismatches {
		r.mismatches.named = append(r.mismatches.named, mismatched{peer.name, conflict})
	}
	return false
}

// fitsAnswer is like fits, for a peer that need not subscribe to the type: it told its
// version before it asked.
func (r *route) fitsAnswer(o *Outgoing, peer *Remote, subscribed uint64) bool {
	return r.fits(o, peer, cmp.Or(subscribed, peer.types.Shape(o.Type.Name)))
}

// mismatch returns the error for mismatches. It names a few of them, and what is
// incompatible.
func (o *Outgoing) mismatch() error {
	named := o.mismatches.named
	var names, conflicts []string
	for _, m := range named {
		names, conflicts = append(names, m.peer), append(conflicts, m.peer+": "+m.conflict)
	}
	if more := o.mismatches.count - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	conflict := brief.Each(len(conflicts), "; ", func(i int) string { return brief.Text(conflicts[i]) })
	if !slices.ContainsFunc(named, func(m mismatched) bool { return m.conflict != named[0].conflict }) {
		conflict = named[0].conflict
	}
	return o.core.mismatch(o.op, brief.List(names), o.Type.Name, conflict)
}

package payload

import (
	"fmt"
	"slices"
	"strings"
	"unique"

	"github.com/lahja/go-lahja/lahja/internal/ordered"
	"github.com/lahja/go-lahja/lahja/internal/payload/layout"
)

const (
	// MaxVersions is the most bytes of names and layouts that are kept for one peer.
	MaxVersions = 1 << 20
	// versionCost is what a version takes beside its name and its layout.
	versionCost = 128
)

// Versions is what a peer has described of its types, by wire name. The zero value is a peer that
// has described none, and so is nil. It is safe for concurrent use.
//
// Keep only versions that differ from the type here. They are compared with it at first use,
// once.
type Versions struct {
	mu    ordered.Mutex[ordered.Leaf]
	known map[string]*version
	bytes int
}

// version is a peer's version of one type.
type version struct {
	shape  uint64
	layout unique.Handle[string] // encoded; many peers have the same
	warned bool                  // Warning has returned the conflict

	own      *Type // the type that it was compared with; nil before
	found    layout.Differences
	conflict string
}

// Difference is a type that a peer and this process have in different versions.
type Difference struct {
	// Type is the wire name.
	Type string
	// Mismatch: no events of the type pass.
	Mismatch bool
	// Fields are the differences, one a line.
	Fields []string
}

// undescribed is the conflict with a version that cannot be compared.
const undescribed = "its fields differ, and it did not tell them (a type's description has at most 64 KiB, and those of one peer 1 MiB)"

// Keep keeps the peer's version of a type, an encoded layout. If there is no room for it, the peer
// understands only an equal version. It fails for malformed layouts, and for a second version
// of one type: a process has one.
func (v *Versions) Keep(name string, encoded []byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	hash := layout.Hash(encoded)
	if before := v.known[name]; before != nil {
		if before.shape != hash {
			return fmt.Errorf("two versions of event type %q", name)
		}
		return nil
	}
	cost := len(name) + len(encoded) + versionCost
	if v.bytes+cost > MaxVersions {
		return nil
	}
	if _, err := layout.Parse(encoded); err != nil {
		return fmt.Errorf("the description of event type %q: %w", name, err)
	}
	if v.known == nil {
		v.known = map[string]*version{}
	}
	v.bytes += cost
	v.known[name] = &version{shape: hash, layout: unique.Make(string(encoded))}
	return nil
}

// Shape returns the shape of the peer's version of a type. It is 0 if none is kept: the peer has
// the same version, or has not described it.
func (v *Versions) Shape(name string) uint64 {
	if v == nil {
		return 0
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if theirs := v.known[name]; theirs != nil {
		return theirs.shape
	}
	return 0
}

// Conflict returns what keeps events from passing between own and the peer's version, which has the
// shape theirs. It returns "" if they pass.
func (v *Versions) Conflict(name string, own *Type, theirs uint64) string {
	switch {
	case SameShape(own.Shape, theirs):
		return ""
	case v == nil:
		return undescribed
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if kept := v.known[name]; kept != nil && kept.shape == theirs {
		return kept.compared(own).conflict
	}
	return undescribed
}

// Warning returns the conflict between own and the peer's version once, and then "".
func (v *Versions) Warning(name string, own *Type) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	theirs := v.known[name]
	if theirs == nil || theirs.warned || theirs.compared(own).conflict == "" {
		return ""
	}
	theirs.warned = true
	return theirs.conflict
}

// Differences lists the types of own, by wire name, of which the peer has another version. They are
// sorted by name.
func (v *Versions) Differences(own map[string]*Type) (all []Difference) {
	if v == nil {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for name, theirs := range v.known {
		mine := own[name]
		if mine == nil {
			continue
		}
		if lines := theirs.compared(mine).found.Lines(); len(lines) > 0 {
			all = append(all, Difference{Type: name, Mismatch: theirs.conflict != "", Fields: lines})
		}
	}
	slices.SortFunc(all, func(a, b Difference) int { return strings.Compare(a.Type, b.Type) })
	return all
}

// compared returns v after comparing it with own.
func (v *version) compared(own *Type) *version {
	if v.own == own {
		return v
	}
	v.own, v.found, v.conflict = own, layout.Differences{}, ""
	switch {
	case own.Layout == nil:
		v.conflict = undescribed
	case own.Shape != v.shape:
		theirs, _ := layout.Parse([]byte(v.layout.Value())) // Keep has parsed it
		v.found = layout.Compare(own.layout, theirs)
		v.conflict = v.found.Conflict()
	}
	return v
}

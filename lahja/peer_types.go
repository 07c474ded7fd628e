package lahja

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unique"

	"github.com/lahja/go-lahja/lahja/internal/payload/layout"
)

const (
	// maxPeerTypes is the most bytes of names and layouts that are kept of what one peer
	// tells about its types.
	maxPeerTypes = 1 << 20
	// peerTypeCost is what one takes beside its name and its layout.
	peerTypeCost = 128
)

// PeerTypes is what a peer has told of its versions of event types (Core.Described). The
// zero value is a peer that has told nothing. It is safe for concurrent use.
//
// Versions that equal the one here are not kept. Others are compared with it when events of
// the type are to pass, and only once.
type PeerTypes struct {
	mu    sync.Mutex           // taken with Core.mu held; no lock of an endpoint is taken with it held
	types map[string]*peerType // by wire name
	bytes int
}

// peerType is a peer's version of one type.
type peerType struct {
	shape  uint64
	layout unique.Handle[string] // encoded; many peers have the same
	warned bool                  // it was said that the versions do not fit

	mine     reflect.Type // what it was compared with
	found    layout.Differences
	conflict string
}

// notTold is the conflict with a version that cannot be compared.
const notTold = "its fields differ, and it did not tell them (a type's description has at most 64 KiB, and those of one peer 1 MiB)"

// conflict says what keeps events of a type from passing between the version here and the
// peer's, which has that shape. It is "" if nothing does.
func (t *PeerTypes) conflict(mine EventType, theirs uint64) string {
	if sameShape(mine.Shape, theirs) {
		return ""
	}
	if t == nil {
		return notTold
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.types[mine.Name]
	if p == nil || p.shape != theirs {
		return notTold
	}
	return p.compared(mine.Go).conflict
}

// shapeOf is the shape of the peer's version of a type, 0 if none is kept: it has the same, or
// has not told it.
func (t *PeerTypes) shapeOf(name string) uint64 {
	if t == nil {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := t.types[name]; p != nil {
		return p.shape
	}
	return 0
}

// compared is p once it was compared with the version here.
func (p *peerType) compared(mine reflect.Type) *peerType {
	if p.mine == mine {
		return p
	}
	p.mine, p.found, p.conflict = mine, layout.Differences{}, ""
	own, err := typeOf(mine)
	switch {
	case err != nil || own.shape.encoded == nil:
		p.conflict = notTold
	case own.Shape != p.shape:
		theirs, _ := layout.Parse([]byte(p.layout.Value())) // it was parsed before it was kept
		p.found = layout.Compare(own.shape.layout, theirs)
		p.conflict = p.found.Conflict()
	}
	return p
}

// keep keeps the version of a type that the peer has told. Where there is no room it is
// forgotten, and then fits only an equal one. It fails for what is no layout, and for a second
// version of one type: a process has one.
func (t *PeerTypes) keep(name string, encoded []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	hash := layout.Hash(encoded)
	if before := t.types[name]; before != nil {
		if before.shape != hash {
			return fmt.Errorf("two versions of event type %q", name)
		}
		return nil
	}
	cost := len(name) + len(encoded) + peerTypeCost
	if t.bytes+cost > maxPeerTypes {
		return nil
	}
	if _, err := layout.Parse(encoded); err != nil {
		return fmt.Errorf("the description of event type %q: %w", name, err)
	}
	if t.types == nil {
		t.types = map[string]*peerType{}
	}
	t.bytes += cost
	t.types[name] = &peerType{shape: hash, layout: unique.Make(string(encoded))}
	return nil
}

// warning is the conflict between a peer's version of a type and the one here, the first
// time that it is asked for.
func (t *PeerTypes) warning(mine EventType) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.types[mine.Name]
	if p == nil || p.warned || p.compared(mine.Go).conflict == "" {
		return ""
	}
	p.warned = true
	return p.conflict
}

// inspect lists the types of which the peer has another version than this process.
func (t *PeerTypes) inspect() []InspectedDifference {
	all := []InspectedDifference{}
	if t == nil {
		return all
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, p := range t.types {
		mine := names.get(name)
		if mine == nil {
			continue
		}
		if lines := p.compared(mine).found.Lines(); len(lines) > 0 {
			all = append(all, InspectedDifference{Type: name, Mismatch: p.conflict != "", Fields: lines})
		}
	}
	slices.SortFunc(all, func(a, b InspectedDifference) int { return strings.Compare(a.Type, b.Type) })
	return all
}

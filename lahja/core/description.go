package core

import (
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// PeerTypes is what a peer has described of its event types (Core.Described). The zero value is a
// peer that has described none. It is safe for concurrent use.
type PeerTypes = payload.Versions

// Description describes an event type to peers, so that they can compare their version with
// it.
type Description struct {
	// Type is the wire name.
	Type string
	// Layout is the encoded layout. It is shared.
	Layout []byte
}

// ownTypes are the types to which the endpoint has ever subscribed.
type ownTypes struct {
	all   []Description
	known map[string]struct{}
}

func (o *ownTypes) add(d Description) {
	if _, known := o.known[d.Type]; known || d.Layout == nil {
		return
	}
	if o.known == nil {
		o.known = map[string]struct{}{}
	}
	o.known[d.Type] = struct{}{}
	o.all = append(o.all, d)
}

package core

import (
	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/lahja"
)

// unrouted says why nobody receives an event. It is made while the core's lock is held,
// from immutable values. Its text, which takes longer, is made afterwards (explain).
type unrouted struct {
	kind  error
	peers []string                  // Error.Peer
	name  string                    // whom it is about, or ""
	set   map[string]lahja.Interest // what that one subscribes to; nil if it does not matter
	why   string
	who   []lahja.Peer // who is there; nil if it does not matter
	cause error        // Error.Err
}

// Error is not shown to anybody: explain replaces it.
func (u *unrouted) Error() string { return u.why }

// explain completes an error with what u stands for.
func (u *unrouted) explain(e *lahja.Error) error {
	detail := brief.Name(u.name) + u.why
	if u.set != nil {
		detail = lahja.Peer{Name: u.name, Subscriptions: u.set}.String() + u.why
	}
	if u.who != nil {
		detail += "; connected: " + lahja.Snapshot{Peers: u.who}.String()
	}
	e.Kind, e.Detail = u.kind, detail
	e.Peer, e.Err = brief.List(u.peers), u.cause
	return e
}

package lahja

import "github.com/lahja/go-lahja/internal/brief"

// unrouted says why nobody receives an event. It is made while the core's lock is held,
// from immutable values. Its text, which takes longer, is made afterwards (explain).
type unrouted struct {
	kind  error
	peers []string            // Error.Peer
	name  string              // whom it is about, or ""
	set   map[string]Interest // what that one subscribes to; nil where it does not matter
	why   string
	who   []Peer // who is there; nil where it does not matter
	cause error  // Error.Err
}

// Error is not shown to anybody: explain replaces it.
func (u *unrouted) Error() string { return u.why }

// explain returns the error for o that u stands for.
func (u *unrouted) explain(o *Outgoing) error {
	detail := brief.Name(u.name) + u.why
	if u.set != nil {
		detail = describePeer(u.name, u.set) + u.why
	}
	if u.who != nil {
		detail += "; connected: " + describeAll(u.who)
	}
	e := o.fail(u.kind, detail)
	e.Peer, e.Err = brief.List(u.peers), u.cause
	return e
}

// whoLocked returns the peers. The list is shared; do not change it.
func (c *Core) whoLocked(internal bool) []Peer {
	peers := c.snapshotLocked().Peers
	if internal && len(peers) > 0 {
		peers = peers[:1]
	}
	return peers
}

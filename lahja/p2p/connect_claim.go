package p2p

import (
	"fmt"

	"github.com/lahja/go-lahja/internal/wire"
)

// One connection claims each name. When A and B dial each other at once, each might accept
// the other's hello and end with two connections. Therefore the side with the smaller name
// refuses (RefuseRedundant) while its own hello is on its way. The other side accepts; its own
// hello is refused, and its call waits for the connection that it accepted.

// startIntroduction reports whether our hello may be sent. It may not if a connection
// already holds the name.
func (e *Endpoint) startIntroduction(a *attempt) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closing || e.peers[a.Config.Name] != nil {
		return false
	}
	a.Introduced = true
	return true
}

func (e *Endpoint) endIntroduction(a *attempt) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a.Introduced = false
}

// claim gives the name to a connection that we dialled, unless it has a holder.
func (e *Endpoint) claim(p *peer) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closing || e.peers[p.name] != nil {
		return false
	}
	e.claimLocked(p)
	e.work.Start() // for the reader
	return true
}

func (e *Endpoint) claimLocked(p *peer) {
	e.peers[p.name] = p
	e.dials.PokeLocked(p.name)
}

// claimIncoming gives the name to an incoming connection. Otherwise it returns the present
// holder, or the reason to refuse.
func (e *Endpoint) claimIncoming(p *peer) (holder *peer, refusal *wire.RefuseMsg) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if holder := e.peers[p.name]; holder != nil && !e.closing {
		return holder, nil
	}
	if refusal := e.refuseLocked(p); refusal != nil {
		return nil, refusal
	}
	e.claimLocked(p)
	return nil, nil
}

func (e *Endpoint) refuseLocked(p *peer) *wire.RefuseMsg {
	a := e.dials.OfLocked(p.name)
	switch {
	case e.closing:
		return &wire.RefuseMsg{Code: wire.RefuseClosing, Reason: e.name + " is closing"}
	case a != nil && a.Introduced && e.name < p.name:
		return &wire.RefuseMsg{Code: wire.RefuseRedundant,
			Reason: fmt.Sprintf("%s dials %s itself, and that connection is kept", e.name, p.name)}
	case e.runLocked(p.name, p.instance) != nil:
		return e.runLocked(p.name, p.instance)
	case e.opts.MaxPeers > 0 && e.acceptedLocked() >= e.opts.MaxPeers:
		return &wire.RefuseMsg{Code: wire.RefuseLimit,
			Reason: fmt.Sprintf("%s has %d connections, which is the limit (Options.MaxPeers)", e.name, e.opts.MaxPeers)}
	}
	return nil
}

// runLocked returns the reason to refuse an endpoint with the instance of another peer, or
// nil. Their events would have the same ids, and answers go to the instance that asked.
func (e *Endpoint) runLocked(name string, instance uint64) *wire.RefuseMsg {
	for _, p := range e.peers {
		if p.instance == instance && p.name != name {
			return &wire.RefuseMsg{Code: wire.RefuseName, Reason: fmt.Sprintf("%q says that it is the run of %q, which is connected to %s; runs are unique", name, p.name, e.name)}
		}
	}
	return nil
}

// acceptedLocked counts incoming connections.
func (e *Endpoint) acceptedLocked() int {
	n := 0
	for _, p := range e.peers {
		if !p.dialled {
			n++
		}
	}
	return n
}

package natsbus

import (
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

func (e *Endpoint) newLink(name string, instance uint64, dialled bool) *link {
	now := time.Now()
	return &link{name: name, instance: instance, dialled: dialled, inbox: e.subjects.inbox(instance),
		since: now, heard: now, ready: make(chan struct{}), done: make(chan struct{}), got: map[string]uint64{}}
}

// claimLocked gives the name to a link.
func (e *Endpoint) claimLocked(l *link) {
	e.links[l.name], e.instances[l.instance] = l, l
	delete(e.missed, l.name)
	e.attendLater(l.name)
	e.dials.PokeLocked(l.name)
}

// list lists the peer, once.
func (e *Endpoint) list(l *link) {
	e.mu.Lock()
	theirs, knows := l.theirs, l.acknowledged
	listed := l.remote != nil
	e.mu.Unlock()
	if listed {
		return
	}
	remote := e.core.AddPeer(core.RemoteConfig{Name: l.name, Instance: l.instance, Subscriptions: theirs.set(), Types: &l.types, Knows: knows, Link: l})
	if remote == nil {
		return
	}
	e.mu.Lock()
	l.remote = remote
	later, ended := l.theirs, isClosed(l.done)
	knows = l.acknowledged
	e.mu.Unlock()
	if ended {
		remote.Remove(l.reason)
		return
	}
	if later.Number != theirs.Number { // the reader has heard of it meanwhile
		remote.SetSubscriptions(later.set())
	}
	remote.SetKnows(knows)
	close(l.ready)
}

// drop ends a link, once. If the peer may come back, the endpoint looks for it.
func (e *Endpoint) drop(l *link, reason error, mayComeBack bool) {
	e.mu.Lock()
	if isClosed(l.done) {
		e.mu.Unlock()
		return
	}
	l.reason = reason
	if e.links[l.name] == l {
		delete(e.links, l.name)
	}
	if e.instances[l.instance] == l {
		delete(e.instances, l.instance)
	}
	if mayComeBack && e.relinks && !e.closing && isClosed(l.ready) && !e.dials.KeepsLocked(l.name) && len(e.missed) < mostMissed {
		e.missed[l.name] = newMissing(l)
	}
	e.attendLater(l.name)
	remote, closing := l.remote, e.closing
	e.core.CountEarlier(l.instance, 0, l.addressed)
	e.past.Events += l.sentEvents.Events
	e.past.Bytes += l.sentEvents.Bytes
	close(l.done)
	e.dials.PokeLocked(l.name)
	e.dials.LostLocked(l.name, l.lasted())
	e.mu.Unlock()
	if remote != nil {
		// Also while closing: a handler that waits for an answer holds Shutdown up.
		remote.Remove(reason)
	}
	e.part.ended(l, reason)
	if !closing && reason != errGoodbye && reason != errUnwanted {
		e.core.Warn("lahja: peer lost", l.name, reason)
	}
}

// attendLater makes the writer listen to name's presence, or stop listening.
func (e *Endpoint) attendLater(name string) {
	e.out.add(op{do: func() { e.writer.attend(name) }})
}

// attends reports whether name's presence concerns us.
func (e *Endpoint) attends(name string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.links[name] != nil || e.missed[name] != nil || e.dials.OfLocked(name) != nil
}

// ready returns the links that are ready.
func (e *Endpoint) ready() []*link {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []*link
	for _, l := range e.links {
		if l.remote != nil {
			all = append(all, l)
		}
	}
	return all
}

// holder returns the link that has the name, ready or not.
func (e *Endpoint) holder(name string) *link {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.links[name]
}

func (e *Endpoint) all() []*link {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []*link
	for _, l := range e.links {
		all = append(all, l)
	}
	return all
}

// malformed ends the connection to a peer that sent a malformed message.
func (e *Endpoint) malformed(l *link, reason error) {
	if l == nil {
		e.refused("", reason)
		return
	}
	err := e.fail("read", l.name, lahja.ErrMalformed, "", reason)
	e.tell(l.instance, kindRefuse, control{Code: refuseMalformed, Reason: err.Error()})
	e.drop(l, err, false)
}

// refused reports a message from an endpoint that is no peer.
func (e *Endpoint) refused(name string, reason error) {
	e.core.Warn("lahja: refused", name, reason)
	e.core.Observe(lahja.Observation{Kind: lahja.Refused, Peer: name, Err: reason})
}

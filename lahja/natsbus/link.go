package natsbus

import (
	"errors"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// link is the relation to one run of another endpoint. It holds the name in Endpoint.links
// from the handshake to the end. It is listed in the core's table once it is ready.
type link struct {
	name     string
	instance uint64
	dialled  bool // by us
	inbox    string
	since    time.Time
	token    uint64 // of the hello that it sent; 0 where we dialled

	ready chan struct{} // closed when both sides know all of each other
	done  chan struct{} // closed when it has ended

	sent  uint64          // messages to its inbox; the writer's own
	types lahja.PeerTypes // its versions of event types

	// Guarded by Endpoint.mu.
	remote *lahja.Remote
	reason error
	said   bool      // our goodbye is queued
	heard  time.Time // the last sign of life

	theirs       control // what it last announced that it subscribes to
	acknowledged uint64  // the own set that it knows
	pending      uint64  // the own set that it was told by the last tick

	sentEvents     lahja.Traffic // to it alone or to all
	receivedEvents lahja.Traffic

	inboxGot uint64            // the last message from its own to our inbox
	got      map[string]uint64 // the last event from it of each type
}

// errGoodbye is the reason of an orderly end.
var errGoodbye = errors.New("it said goodbye")

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
	e.pokeLocked(l.name)
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
	remote := e.core.AddPeer(lahja.RemoteConfig{Name: l.name, Instance: l.instance, Subscriptions: theirs.set(), Types: &l.types, Knows: knows, Link: l})
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
	if mayComeBack && !e.closing && isClosed(l.ready) && e.reconnects[l.name] == nil && len(e.missed) < mostMissed {
		e.missed[l.name] = newMissing(l)
	}
	e.attendLater(l.name)
	remote, closing := l.remote, e.closing
	e.past.Events += l.sentEvents.Events
	e.past.Bytes += l.sentEvents.Bytes
	close(l.done)
	e.pokeLocked(l.name)
	e.missLocked(l)
	e.mu.Unlock()
	if remote != nil {
		// Also while closing: a handler that waits for an answer holds Shutdown up.
		remote.Remove(reason)
	}
	if !closing && reason != errGoodbye {
		e.warn("lahja: peer lost", l.name, reason)
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
	return e.links[name] != nil || e.missed[name] != nil || e.dials[name] != nil
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

// isReadyLocked reports whether the peer is listed and has not said goodbye.
func (l *link) isReadyLocked() bool { return l.remote != nil && !l.said }

// control sends a control message to a peer's inbox.
func (e *Endpoint) control(l *link, k kind, c control) {
	e.out.add(op{subject: l.inbox, to: l, data: appendControl(e.header(k), c)})
}

// later sends a message that is completed when it is published, with its place in the
// stream of events and the set last announced.
func (e *Endpoint) later(l *link, k kind, complete func(c *control)) {
	e.out.add(op{subject: l.inbox, to: l, build: func() []byte {
		e.mu.Lock()
		theirs, own := l.theirs, e.announced
		e.mu.Unlock()
		c := control{Number: own.Number, Types: own.Types,
			Acknowledged: theirs.Number, Marks: e.writer.marks(theirs.Types)}
		if complete != nil {
			complete(&c)
		}
		return appendControl(e.header(k), c)
	}})
}

// acknowledge says which of the peer's sets we know, and how far its types are.
func (e *Endpoint) acknowledge(l *link) { e.later(l, kindAcknowledged, withoutTypes) }

func (e *Endpoint) tellMarks(l *link) { e.later(l, kindMarks, withoutTypes) }

func withoutTypes(c *control) { c.Number, c.Types = 0, nil }

// tell sends an uncounted message to an inbox, because there is no link, or none yet.
func (e *Endpoint) tell(instance uint64, k kind, c control) {
	e.out.add(op{subject: e.subjects.inbox(instance), data: appendControl(e.header(k), c)})
}

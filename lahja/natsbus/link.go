package natsbus

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/inspect"
)

// link is the relation to one run of another endpoint. It holds the name in Endpoint.links
// from the handshake to the end. It is listed in the core's table once it is ready.
type link struct {
	name     string
	instance uint64
	dialled  bool // by us
	inbox    string
	since    time.Time
	token    uint64 // of the hello that it sent; 0 if we dialled

	ready chan struct{} // closed when both sides know all of each other
	done  chan struct{} // closed when it has ended

	proxied atomic.Pointer[ProxyPeer] // of a Proxy's

	sent  uint64         // messages to its inbox; the writer's own
	types core.PeerTypes // its versions of event types

	// Guarded by Endpoint.mu.
	remote *core.Remote
	reason error
	said   bool      // our goodbye is queued
	heard  time.Time // the last sign of life

	theirs       control // what it last announced that it subscribes to
	acknowledged uint64  // the own set that it knows
	pending      uint64  // the own set that it was told by the last tick

	sentEvents     inspect.Traffic // to it alone or to all
	receivedEvents inspect.Traffic

	addressed uint64 // events that came to our inbox

	inboxGot uint64            // the last message from its own to our inbox
	got      map[string]uint64 // the last event from it of each type
}

// errGoodbye is the reason of an orderly end, errUnwanted of a link that a Proxy has no use for.
// Neither is logged.
var (
	errGoodbye  = errors.New("it said goodbye")
	errUnwanted = errors.New("nobody waits for it")
)

// lasted returns for how long the peer has been listed.
func (l *link) lasted() time.Duration {
	if l.remote == nil {
		return 0
	}
	return time.Since(l.since)
}

// isReadyLocked reports whether the peer is listed and has not said goodbye.
func (l *link) isReadyLocked() bool { return l.remote != nil && !l.said }

// missing is a peer that fell silent without a goodbye. The endpoint reconnects when it
// hears from it again.
type missing struct {
	instance uint64
	since    time.Time
	pause    time.Duration
	next     time.Time
}

func newMissing(l *link) *missing { return &missing{instance: l.instance, since: time.Now()} }

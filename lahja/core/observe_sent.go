package core

import (
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/eventtype"
)

// observation returns an observation of the event on its way out.
func (o *Outgoing) observation(kind lahja.ObservationKind) lahja.Observation {
	return lahja.Observation{Kind: kind, Time: o.at, Event: o.Type.Name, ID: o.ID, Answers: o.Answers, Headers: o.Headers, Outgoing: true}
}

// Sent observes that the event was queued for a peer, in size bytes. Call it after that.
func (o *Outgoing) Sent(peer string, size int) { o.sent(peer, nil, size) }

// SentToAll observes that the event was queued for all of Remotes, in size bytes for each. Call
// it after that.
func (o *Outgoing) SentToAll(size int) {
	switch {
	case !o.core.Observes() || len(o.Remotes) == 0:
	case len(o.Remotes) == 1:
		o.sent(o.Remotes[0].name, nil, size)
	default:
		o.sent("", o.names(), size)
	}
}

func (o *Outgoing) sent(peer string, peers []string, size int) {
	if !o.core.Observes() {
		return
	}
	c := o.core
	c.cfg.Observer(lahja.Observation{Kind: lahja.EventSent, Time: o.at, Endpoint: c.cfg.Name, Peer: peer, Peers: peers, Event: o.Type.Name,
		ID: o.ID, Answers: o.Answers, Headers: o.Headers, Outgoing: true, Size: size, Beside: o.beside()})
}

// names returns the names of Remotes. Events that take the same route share the slice.
func (o *Outgoing) names() []string {
	if len(o.named) == len(o.Remotes) { // No member of a group was added.
		return o.named
	}
	return namesOf(o.Remotes)
}

func namesOf(all []*Remote) []string {
	names := make([]string, len(all))
	for i, r := range all {
		names[i] = r.name
	}
	return names
}

// beside returns how many events the endpoint has numbered since this one.
func (o *Outgoing) beside() uint64 {
	if o.request != nil {
		return 0
	}
	return o.core.sequence.Load() - o.ID.Sequence
}

// Dropped observes that the event was dropped instead of being queued for a peer.
func (o *Outgoing) Dropped(peer string, size int, reason error) {
	seen := o.observation(lahja.EventDropped)
	seen.Time, seen.Peer, seen.Size, seen.Err = time.Time{}, peer, size, reason
	o.core.Observe(seen)
}

// receivedHere tells that the event arrives at the endpoint itself.
func (o *Outgoing) receivedHere() {
	if !o.core.Observes() {
		return
	}
	seen := o.observation(lahja.EventReceived)
	seen.Peer, seen.Size, seen.Outgoing = o.Sender(), len(o.encoded), false
	o.core.Observe(seen)
}

// SendFailed ends a broadcast or request of payload that failed with err, and returns the
// error for its caller (OrClosing). It closes a request. o is nil if Prepare failed.
func (c *Core) SendFailed(o *Outgoing, op string, payload any, err error) error {
	err = c.OrClosing(op, err)
	if c.Observes() {
		seen := lahja.Observation{Kind: lahja.BroadcastFailed, Outgoing: true, Event: eventtype.NameOf(payload), Err: err}
		if o != nil {
			seen.ID, seen.Answers, seen.Headers = o.ID, o.Answers, o.Headers
		}
		c.Observe(seen)
	}
	if o != nil && o.request != nil {
		o.request.note(lahja.Received{}, err)
		o.request.Close()
	}
	return err
}

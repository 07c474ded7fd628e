package lahja

import "time"

// Observer sees what an endpoint does: timelines, metrics and traces hang
// there. It is called without a lock, on the goroutine that does the work, so it
// must be quick and must not call methods of the endpoint that wait.
//
// What arrives from one peer is observed in order. Two goroutines may observe at
// once: what is sent is observed by who sends it, once it is queued, so possibly
// after the answer to it, or before the Connected that made it possible.
type Observer func(Observation)

// Observation is one thing that happened.
type Observation struct {
	Kind ObservationKind
	// Endpoint is the name of the endpoint that saw it, Peer of the other one.
	Endpoint, Peer string
	// Event is the wire name of the event's type; ID, Answers and Headers are
	// Received's. All four are empty for what concerns no event.
	Event   string
	ID      EventID
	Answers EventID
	Headers Headers
	// Size is, in bytes, what was queued of a sent event (encoded, possibly
	// compressed, with all that goes before it), and the encoded data of a received
	// one.
	Size int
	// Took is how long a handler had an event.
	Took time.Duration
	// Delay is how long it takes until the next attempt to reconnect; 0 is for
	// ever.
	Delay time.Duration
	// Err is the reason of a disconnect, a drop, a refusal or an attempt that
	// failed, and what a handler failed with.
	Err error
}

// ObservationKind says what happened.
type ObservationKind int

// What an observer sees.
const (
	// EventSent: an event was queued for Peer.
	EventSent ObservationKind = iota + 1
	// EventReceived: an event arrived from Peer.
	EventReceived
	// EventHandled: a handler is done with an event from Peer, which may be the
	// endpoint itself. It took Took, and failed with Err (see HandlerError).
	EventHandled
	// EventDropped: an event from Peer found nobody, or a late answer no
	// request, or it does not fit its type here; see Err. Without an Event:
	// events of Size bytes were queued for Peer and never written.
	EventDropped
	// Connected: Peer is listed.
	Connected
	// Disconnected: Peer is listed no more; see Err.
	Disconnected
	// Refused: an incoming connection was refused or was not understood; see
	// Err.
	Refused
	// SubscriptionsUpdated: Peer told what it subscribes to.
	SubscriptionsUpdated
	// Reconnecting: an attempt to reconnect to Peer failed, and the next one is
	// made after Delay; see Err. One that succeeds is Connected.
	Reconnecting
)

var observationNames = [...]string{EventSent: "sent", EventReceived: "received", EventHandled: "handled", EventDropped: "dropped",
	Connected: "connected", Disconnected: "disconnected", Refused: "refused", SubscriptionsUpdated: "subscriptions updated",
	Reconnecting: "reconnecting"}

func (k ObservationKind) String() string {
	if k < 0 || int(k) >= len(observationNames) || observationNames[k] == "" {
		return "unknown"
	}
	return observationNames[k]
}

func (c *Core) observe(o Observation) {
	if c.cfg.Observer != nil {
		o.Endpoint = c.cfg.Name
		c.cfg.Observer(o)
	}
}

package lahja

import "time"

// Observer sees what an endpoint does: timelines, metrics and traces hang
// there. It is called without a lock, on the goroutine that does the work, so it
// must be quick and must not call methods of the endpoint that wait. That goroutine may
// also be one that waits for an answer, and reads it from the peer itself: until the
// observer returns no answer and no event comes from there. So it must not wait for
// anything of the endpoint's, as for another request or a handler to be done.
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
	// Received's. All four are empty for what concerns no event. Of an event that found
	// no room for Peer there is Event alone.
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
	// EventDropped: an event from Peer found nobody who takes it, or no room in a
	// subscription (SubscribeConfig.WhenFull), or as a late answer no request, or it
	// does not fit its type here, or it answers a request that Peer was not asked
	// (ErrNotAsked). Or one for Peer is not sent, as there was no room for it
	// (Options.SlowPeer), or as Peer was chosen for a queue group and went away first.
	// See Err. Without an Event: events of Size bytes were queued for Peer and never
	// written.
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
	// TypesDiffer: the endpoint subscribes to Event, and Peer has a version of that type which
	// does not fit; Err names the fields. It is observed once for each peer and type.
	TypesDiffer
)

var observationNames = [...]string{EventSent: "sent", EventReceived: "received", EventHandled: "handled", EventDropped: "dropped",
	Connected: "connected", Disconnected: "disconnected", Refused: "refused", SubscriptionsUpdated: "subscriptions updated",
	Reconnecting: "reconnecting", TypesDiffer: "types differ"}

func (k ObservationKind) String() string {
	if k < 0 || int(k) >= len(observationNames) || observationNames[k] == "" {
		return "unknown"
	}
	return observationNames[k]
}

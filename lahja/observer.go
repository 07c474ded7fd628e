package lahja

import "time"

// An Observer is called with what an endpoint does. Use it for timelines, metrics and
// traces.
//
// It is called without a lock, on the goroutine that does the work. It must be fast, and
// must not call methods of the endpoint that wait. It must not wait for anything else of
// the endpoint either, such as another request or a handler: the goroutine may be the one
// that reads from the peer, and until the observer returns, no event or answer from that
// peer arrives.
//
// What arrives from one peer is observed in order. Two goroutines may call the observer at
// once. The sender observes an event after it is queued, so possibly after the answer to
// it, or before the Connected that made it possible.
type Observer func(Observation)

// Observation is one thing that happened in an endpoint.
type Observation struct {
	Kind ObservationKind
	// Endpoint is the name of the endpoint that observed it, Peer that of the other one.
	Endpoint, Peer string
	// Event is the wire name of the event's type. ID, Answers and Headers are those of
	// Received. All four are empty if no event is concerned. Only Event is set for an event
	// that was dropped because there was no room for Peer.
	Event   string
	ID      EventID
	Answers EventID
	Headers Headers
	// Size is in bytes. For a sent event it is what was queued: encoded, possibly
	// compressed, with its envelope. For a received event it is the encoded data.
	Size int
	// Took is how long a handler took.
	Took time.Duration
	// Delay is the time until the next attempt to reconnect. 0 means there is none.
	Delay time.Duration
	// Err is the reason of a disconnect, drop, refusal or failed attempt, or the error of a
	// handler.
	Err error
}

// ObservationKind says what happened.
type ObservationKind int

// The kinds of observation.
const (
	// EventSent: an event was queued for Peer.
	EventSent ObservationKind = iota + 1
	// EventReceived: an event arrived from Peer.
	EventReceived
	// EventHandled: a handler finished an event from Peer, which may be the endpoint
	// itself. It took Took. If it failed, Err is its error (see HandlerError).
	EventHandled
	// EventDropped: an event was dropped; Err says why. An event from Peer is dropped if
	// nobody takes it, if a subscription has no room (SubscribeConfig.WhenFull), if it is
	// an answer to a request that has ended, if it does not fit its type here, or if it
	// answers a request that did not go to Peer (ErrNotAsked). An event for Peer is dropped
	// if there is no room for it (Options.SlowPeer), or if Peer was chosen for a queue
	// group and went away first. If Event is empty, events of Size bytes were queued for
	// Peer and never written.
	EventDropped
	// Connected: Peer is listed.
	Connected
	// Disconnected: Peer is no longer listed; see Err.
	Disconnected
	// Refused: an incoming connection was refused or did not follow the protocol; see Err.
	Refused
	// SubscriptionsUpdated: Peer announced what it subscribes to.
	SubscriptionsUpdated
	// Reconnecting: an attempt to reconnect to Peer failed; see Err. The next one follows
	// after Delay. An attempt that succeeds is Connected.
	Reconnecting
	// TypesDiffer: the endpoint subscribes to Event, and Peer has an incompatible version
	// of that type. Err names the fields. It is observed once for each peer and type.
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

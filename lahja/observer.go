package lahja

import (
	"iter"
	"time"
)

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
// it, or before the Connected that made it possible. Its Time is from before. To order the
// observations of one process, sort them by Time.
//
// Without an observer, an endpoint reads no clock and builds no Observation.
type Observer func(Observation)

// Observation is one thing that happened in an endpoint. Fields that say nothing about its
// Kind are zero.
type Observation struct {
	Kind ObservationKind
	// Time is when it happened. For EventSent and RequestStarted that is before the event
	// was queued, so never after the receiver's Time. Events that arrived together have one
	// Time. For handled events it is the end of the last one. An endpoint reads the wall clock when it is made, and adds monotonic time.
	Time time.Time
	// Endpoint is the name of the endpoint that observed it, Peer that of the other one. For
	// events that an endpoint broadcasts to itself they are equal.
	Endpoint, Peer string
	// Peers are the names of the endpoints for which an event was queued, if it was queued for
	// several of them in the same way (EventSent). Peer is empty then. Size is what was queued
	// for each of them. Observers share the slice, so do not change it.
	Peers []string
	// PeerInstance identifies the run of Peer, as EventID.Instance does. It is known for
	// Connected, Disconnected and SubscriptionsUpdated.
	PeerInstance uint64
	// Event is the wire name of the event's type. ID, Answers and Headers are those of
	// Received. All four are empty if no event is concerned.
	Event   string
	ID      EventID
	Answers EventID
	Headers Headers
	// Count is how many events the observation stands for, if they are several. Only
	// EventReceived and EventHandled stand for several. The events were read together, or
	// handled one after the other in about a millisecond. They have following ids, of which ID
	// is the first, and are alike but for their data. Size and Took are those of all. While a
	// handler takes less than 2 µs for an event, the clock is read for up to 16 events together:
	// if one of these takes longer, they are observed together with it.
	Count int
	// Shape is the version of Event (EventType.Shape), and Group the queue group, for
	// SubscriptionStarted and SubscriptionEnded.
	Shape uint64
	Group string
	// Subscription is the number of the subscription among those of this run of the endpoint,
	// from 1. It is known for EventHandled, EventTaken, SubscriptionStarted and
	// SubscriptionEnded, and for an EventDropped that concerns one subscription.
	Subscription uint64
	// Beside is how many other events the endpoint had begun to broadcast after this one, when
	// this one had been queued (EventSent). They may arrive before it. It is 0 for requests.
	Beside uint64
	// Outgoing reports whether an event was on its way to Peer, and not from Peer. It is set
	// for EventSent, BroadcastFailed, RequestStarted and RequestEnded. An EventDropped may
	// have either direction.
	Outgoing bool
	// Size is in bytes. For a sent event it is what was queued: encoded, possibly
	// compressed, with its envelope. For a received event it is the encoded data. An event
	// that an endpoint broadcasts to itself may not be encoded; then it is 0.
	Size int
	// Took is how long a handler or a request took. A handler's may include the decoding.
	Took time.Duration
	// Delay is the time until the next attempt to reconnect. 0 means there is none.
	Delay time.Duration
	// Answer and AnswerEvent are the id and the type's wire name of the answer to a request
	// (RequestEnded).
	Answer      EventID
	AnswerEvent string
	// Types are the types to which Peer has announced that it subscribes, sorted by name, in
	// its versions: their Go type is nil. They are known for Connected and
	// SubscriptionsUpdated. Observers share the slice, so do not change it.
	Types []EventType
	// Err is the reason of a disconnect, drop, refusal or failed attempt, or the error of a
	// handler, broadcast or request.
	Err error
}

// Events is how many events the observation stands for.
func (o Observation) Events() int { return max(1, o.Count) }

// Each returns the observation for each of Peers, with that as its Peer; or itself if it has none.
func (o Observation) Each() iter.Seq[Observation] {
	return func(yield func(Observation) bool) {
		all := o.Peers
		if o.Peers = nil; len(all) == 0 {
			yield(o)
			return
		}
		for _, o.Peer = range all {
			if !yield(o) {
				return
			}
		}
	}
}

// ObservationKind says what happened.
type ObservationKind int

// The kinds of observation. Packages p2p and natsbus observe all of them.
const (
	// EventSent: an event was queued for Peer, which may be the endpoint itself, or for each of
	// Peers.
	EventSent ObservationKind = iota + 1
	// EventReceived: an event, or Count of them, arrived from Peer, which may be the endpoint
	// itself.
	EventReceived
	// EventHandled: a handler finished an event, or Count of them, from Peer, which may be
	// the endpoint itself. It took Took. If it failed, Err is its error (see HandlerError).
	EventHandled
	// EventDropped: an event was dropped; Err says why. An event from Peer is dropped if
	// nobody takes it, if a subscription has no room (SubscribeConfig.WhenFull), if it is
	// an answer to a request that has ended, if it does not fit its type here, or if it
	// answers a request that did not go to Peer (ErrNotAsked). Err is a *Gap
	// for events that did not arrive; they have no ID. An event for Peer
	// (Outgoing) is dropped if there is no room for it (Options.SlowPeer), or if Peer was
	// chosen for a queue group and went away first. If it has no Event, events of Size bytes
	// were queued and never written.
	EventDropped
	// Connected: Peer is listed. Types is what it subscribes to.
	Connected
	// Disconnected: Peer is no longer listed; see Err.
	Disconnected
	// Refused: an incoming connection was refused or did not follow the protocol; see Err.
	Refused
	// SubscriptionsUpdated: Peer announced what it subscribes to; see Types. Its first
	// announcement is part of Connected.
	SubscriptionsUpdated
	// Reconnecting: an attempt to reconnect to Peer failed; see Err. The next one follows
	// after Delay. An attempt that succeeds is Connected.
	Reconnecting
	// TypesDiffer: the endpoint subscribes to Event, and Peer has an incompatible version
	// of that type. Err names the fields. It is observed once for each peer and type.
	TypesDiffer
	// EventTaken: a stream, or a wait such as WaitFor, handed an event from Peer to its
	// caller.
	EventTaken
	// BroadcastFailed: a broadcast, an answer or a request failed at the sender; see Err.
	// ID is empty if it failed before the event had one. Some receivers may have the event:
	// an EventSent says which.
	BroadcastFailed
	// RequestStarted: a request is about to be queued. Peer is the endpoint that it goes
	// to, empty if there are several.
	RequestStarted
	// RequestEnded: the requester waits for no more answers, or no more can come. Took is the
	// time since RequestStarted. Event, ID and Peer are those of the request. Answer and
	// AnswerEvent are those of the last answer that the requester took. Err is the
	// requester's last error if no answer followed it.
	RequestEnded
	// SubscriptionStarted: the endpoint itself subscribes to Event, with a handler, a stream
	// or a wait. Events that are broadcast from now on arrive.
	SubscriptionStarted
	// SubscriptionEnded: a subscription of the endpoint itself was closed, or the endpoint
	// was. Its handler is not called again. It may still be at an event.
	SubscriptionEnded
)

var observationNames = [...]string{EventSent: "sent", EventReceived: "received", EventHandled: "handled", EventDropped: "dropped",
	Connected: "connected", Disconnected: "disconnected", Refused: "refused", SubscriptionsUpdated: "subscriptions updated",
	Reconnecting: "reconnecting", TypesDiffer: "types differ", EventTaken: "taken", BroadcastFailed: "broadcast failed",
	RequestStarted: "request started", RequestEnded: "request ended", SubscriptionStarted: "subscription started",
	SubscriptionEnded: "subscription ended"}

func (k ObservationKind) String() string {
	if k < 0 || int(k) >= len(observationNames) || observationNames[k] == "" {
		return "unknown"
	}
	return observationNames[k]
}

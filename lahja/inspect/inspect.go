// Package inspect describes the state of an endpoint: its peers, queues, windows and totals.
package inspect

import (
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// Inspector is implemented by endpoints that can report their state. See Endpoint.
type Inspector interface {
	// Inspect returns the endpoint's current state. It takes the endpoint's locks one after
	// the other, so its parts may be from slightly different moments.
	Inspect() Inspection
}

// Endpoint returns the state of ep, and whether ep can report it (Inspector).
func Endpoint(ep lahja.EndpointAPI) (Inspection, bool) {
	i, ok := ep.(Inspector)
	if !ok {
		return Inspection{}, false
	}
	return i.Inspect(), true
}

// Inspection is the state of an endpoint. It is plain data; as JSON it is what `lahja tap
// --once` prints. For a closed endpoint it has the totals, without those of its last peers
// and subscriptions.
type Inspection struct {
	Name string `json:"name"`
	// Instance is the random number of the endpoint's run, with which its event ids begin.
	Instance string `json:"instance"`
	// Since is when the endpoint began to run. At is when this inspection was taken.
	Since time.Time `json:"since"`
	At    time.Time `json:"at"`
	// Address is where the endpoint listens, empty if it does not.
	Address string `json:"address,omitempty"`
	// Peers are the connected endpoints by name, without the endpoint itself.
	Peers []Peer `json:"peers"`
	// Subscriptions are the endpoint's own open subscriptions, by type.
	Subscriptions []Subscription `json:"subscriptions"`
	// Local are the windows for events to the endpoint itself, by type.
	Local []Window `json:"local"`
	// Pending is how many requests wait for an answer.
	Pending int `json:"pending"`
	// Taps are the connections that tap the endpoint.
	Taps   []Tap  `json:"taps"`
	Totals Totals `json:"totals"`
}

// Peer is a connected endpoint.
type Peer struct {
	Name     string `json:"name"`
	Instance string `json:"instance"`
	// Address is the other end of the connection, empty if the transport has no address for
	// it.
	Address string `json:"address,omitempty"`
	// Since is when the connection became ready.
	Since time.Time `json:"since"`
	// Dialled reports whether this endpoint made the connection.
	Dialled bool `json:"dialled"`
	// Subscriptions are the peer's, by type.
	Subscriptions []Interest `json:"subscriptions"`
	// Differing are the event types of which the peer has another version than this
	// process, as far as the peer has announced them: types to which it subscribes, and
	// types that were about to be exchanged.
	Differing []Difference `json:"differing"`
	// Queue is what waits to be written to the peer. If peers share a queue, as on a
	// broker, each shows all of it.
	Queue Queue `json:"queue"`
	// Windows are the send windows to the peer, by type. The list is empty if the
	// implementation has none.
	Windows []Window `json:"windows"`
	// Sent counts the events that were queued for the peer and not dropped again. Bytes is
	// their encoded, possibly compressed size. Some may still wait (Queue).
	Sent Traffic `json:"sent"`
	// Received counts the events that came from the peer. Bytes is their encoded data.
	Received Traffic `json:"received"`
	// Dropped counts the events for which there was no room (Options.SlowPeer), and those
	// for which the peer was chosen as a queue group's member but went away before they
	// were queued.
	Dropped uint64 `json:"dropped"`
}

// Interest is a lahja.Interest with its type's name.
type Interest struct {
	Type string `json:"type"`
	// Shape is EventType.Shape at that endpoint, in hexadecimal.
	Shape    string   `json:"shape"`
	Window   int      `json:"window"`
	Groups   []string `json:"groups,omitempty"`
	Everyone bool     `json:"everyone"`
}

// Difference is an event type of which a peer has another version.
type Difference struct {
	Type string `json:"type"`
	// Mismatch reports whether the versions are incompatible, so that no event of the type
	// passes. Versions that differ only in which fields they have are compatible.
	Mismatch bool `json:"mismatch"`
	// Fields describes the differences for people, one each. It has a few entries at most.
	Fields []string `json:"fields"`
}

// Queue is what waits to be sent.
type Queue struct {
	// Events is how many events wait or are being written.
	Events int `json:"events"`
	// Bytes is how many of their bytes are not written yet and count against Limit. Answers
	// do not count.
	Bytes int `json:"bytes"`
	Limit int `json:"limit"`
	// Waiting is how many broadcasts wait for room.
	Waiting int `json:"waiting"`
}

// Window is the send window of one event type: what was sent, and not yet taken by
// every subscription that counts.
type Window struct {
	Type string `json:"type"`
	// UnderWay and Window are in bytes, counted as for SubscribeConfig.QueueBytes. A Window
	// of 0 means no limit.
	UnderWay int `json:"under_way"`
	Window   int `json:"window"`
	// Waiting is how many broadcasts wait for room in the window.
	Waiting int `json:"waiting"`
}

// Subscription is one of the endpoint's own subscriptions.
type Subscription struct {
	Type  string `json:"type"`
	Group string `json:"group,omitempty"`
	// Handler reports whether the subscription has a handler. If not, its events are taken
	// with Next, as by streams.
	Handler bool `json:"handler"`
	// WhenFull is the policy as text.
	WhenFull string `json:"when_full"`
	// Queued, QueuedBytes, Taken and Dropped are those of SubscriptionStats. Limit is
	// SubscribeConfig.QueueBytes.
	Queued      int    `json:"queued"`
	QueuedBytes int    `json:"queued_bytes"`
	Limit       int    `json:"limit"`
	Taken       uint64 `json:"taken"`
	Dropped     uint64 `json:"dropped"`
}

// Tap is a connection that taps the endpoint (`lahja tap`).
type Tap struct {
	Address string `json:"address,omitempty"`
	// Events reports whether the tap asked for passing events. Types are the patterns of
	// the types that it asked for, empty for all.
	Events bool     `json:"events"`
	Types  []string `json:"types,omitempty"`
	// Queue is what waits to be written to the tap. Shown counts the events that were
	// queued for it, Lost those for which there was no room.
	Queue Queue  `json:"queue"`
	Shown uint64 `json:"shown"`
	Lost  uint64 `json:"lost"`
}

// Totals count from the beginning of the endpoint's run, and include peers and
// subscriptions that are gone.
type Totals struct {
	// Broadcast is how many events passed the checks of a broadcast or a request. Local is
	// how many of them, and of answers, were delivered to the endpoint itself.
	Broadcast uint64 `json:"broadcast"`
	Local     uint64 `json:"local"`
	// Sent and Received are the sums over all peers.
	Sent     Traffic `json:"sent"`
	Received Traffic `json:"received"`
	// Taken is how often a handler or a call of Next took an event, summed over all
	// subscriptions.
	Taken uint64 `json:"taken"`
	// DroppedForPeers is the sum of InspectedPeer.Dropped. Dropped counts the events for
	// which a subscription's queue had no room (SubscribeConfig.WhenFull).
	DroppedForPeers uint64 `json:"dropped_for_peers"`
	Dropped         uint64 `json:"dropped"`
	// UnsentBytes is how many bytes of events were queued for peers whose connections then
	// ended.
	UnsentBytes uint64 `json:"unsent_bytes"`
	// Lost counts what peers have sent and did not arrive (lahja.Gap).
	Lost uint64 `json:"lost"`
	// Unclaimed counts the events that arrived and that nobody took, because there was no
	// subscription, no pending request for an answer, or no member of a queue group. Events
	// in the queue of a member that was closed count too.
	Unclaimed uint64 `json:"unclaimed"`
	// Unfit counts the events that were dropped because they did not fit their type here.
	Unfit uint64 `json:"unfit"`
	// OverMemory counts the connections that were closed because of Options.MaxMemory.
	OverMemory uint64 `json:"over_memory"`
	// Forged counts the answers that were dropped because they came from endpoints that did
	// not receive the request.
	Forged uint64 `json:"forged"`
	// HandlerErrors is how often a handler failed (HandlerError).
	HandlerErrors uint64 `json:"handler_errors"`
}

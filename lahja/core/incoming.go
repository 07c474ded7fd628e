package core

import (
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// Incoming is an event that arrived and is not decoded yet.
type Incoming struct {
	// Type and Shape are the wire name and the hash (EventType.Shape) that the sender gave.
	Type  string
	Shape uint64
	// Origin is the sender's name. ID and Answers are those of Received.
	Origin  string
	ID      lahja.EventID
	Answers lahja.EventID
	// Headers came with the event and have been checked; nil if there are none.
	Headers lahja.Headers
	// Groups are the queue groups for which the endpoint was chosen, sorted
	// (Outgoing.GroupsOf).
	Groups []string
	// Payload is the encoded data. The core does not keep it.
	Payload []byte
	// Types are the sender's versions of event types; nil if it does not announce them.
	Types *PeerTypes
	// Flow, if set, is called once every subscription has taken the event. Cost is what the
	// event counts for; 0 means the bytes of its payload plus EventCost.
	Flow Flow
	Cost int
}

// Flow is the connection that an event came from. It lets an implementation bound what is
// on its way to its subscribers, and send more as they take events.
type Flow interface {
	// Taken is called when every subscription that counts has taken events of that cost
	// (Incoming.Cost), or when nobody wants them. window is Interest.Window, so that Taken
	// can gather small amounts before it tells the sender. It must not block.
	Taken(cost, window int)
	// End ends the connection, because a subscription disconnects fast senders
	// (Disconnect), or because what came is not an event. It reports whether there was a
	// connection to end.
	End(reason error) bool
}

// EventCost is what an event counts for in every limit of a queue in addition to its
// encoded bytes: about its overhead in memory.
const EventCost = wire.EventCost

// unwanted returns the credit of an event that nobody receives.
func (in *Incoming) unwanted() {
	if in.Flow != nil {
		in.Flow.Taken(in.Cost, 0)
	}
}

// rareFields are fields that few events have.
type rareFields struct {
	answers lahja.EventID
	headers lahja.Headers
	groups  []string
}

// rare returns the event's rare fields, nil for most events.
func (in *Incoming) rare() *rareFields {
	if in.Answers.IsZero() && in.Headers == nil && in.Groups == nil {
		return nil
	}
	return &rareFields{answers: in.Answers, headers: in.Headers, groups: in.Groups}
}

// mostUndecoded is the size of the largest data that is gathered undecoded, because that
// copies it.
const mostUndecoded = 4 << 10

// mayDecodeLater reports whether the event may be decoded when it is taken: it comes from a
// connection that can be ended if the data is invalid.
func (in *Incoming) mayDecodeLater() bool { return in.Flow != nil && in.Groups == nil }

package wire

import "errors"

// Limits hold for a frame's body (the kind included) unless they say otherwise.
const (
	// MaxHello is room for the magic, a codec and a name, many times over: who
	// has not said hello gets no more than this out of a stranger.
	MaxHello = 4 << 10
	// MaxRefuse is room for a reason of MaxReason bytes.
	MaxRefuse = 2 << 10
	// MaxReason is the most bytes of a refusal's reason; Append cuts what is
	// longer.
	MaxReason = 1 << 10
	// MaxSubscriptions holds MaxTypes types of the longest names
	// (10,000 x 278 bytes), and MaxGroups groups of theirs (1,000 x 257).
	MaxSubscriptions = 4 << 20
	// MaxTypes is the most event types in one Subscriptions message.
	MaxTypes = 10_000
	// MaxLayout is the most bytes of a type's layout. A type of 1,000 fields with names of
	// 30 bytes has half of that.
	MaxLayout = 64 << 10
	// MaxGroups is the most memberships in queue groups in one Subscriptions
	// message.
	MaxGroups = 1_000
	// MaxTypeGroups is the most queue groups of one endpoint for one type, and
	// MaxTypeGroupBytes the most bytes of their names: an event names those for which it
	// is received.
	MaxTypeGroups     = 64
	MaxTypeGroupBytes = 1 << 10
	// MaxTypeName is the most bytes of an event type's wire name.
	MaxTypeName = 255
	// MaxName is the most bytes of an endpoint's name, and of a codec's.
	MaxName = 255
	// EventCost is what an event counts for beside its bytes: about what it takes in
	// queues.
	EventCost = 256
	// MaxTapTypes is the most patterns of a Tap; with other than short ones, MaxHello
	// is met first.
	MaxTapTypes = 100
	// MaxInspected is room for the subscriptions of 500 peers to 500 types each.
	MaxInspected = 64 << 20
	// MaxNumber is a kind and the longest varint.
	MaxNumber = 1 + 10
	// MaxHeaders is the most headers of one event, MaxHeaderKey and MaxHeaderValue
	// the most bytes of a key and of a value, MaxHeaderBytes of all of them
	// together. It is what lahja lets an event have, and room for a trace.
	MaxHeaders     = 64 + 2
	MaxHeaderKey   = 128
	MaxHeaderValue = 4 << 10
	MaxHeaderBytes = 16<<10 + 2*(MaxHeaderKey+MaxHeaderValue)
	// MaxEventOverhead is the most bytes of an event's body that are neither its
	// payload nor its headers nor its groups.
	MaxEventOverhead = 1 + 1 + (2 + MaxTypeName) + 8 + 10 + 8 + 10
	// MaxHeadersOverhead is the most bytes that headers add: a count, and before
	// each key and each value its length. A limit of p bytes for payloads is one of
	// p+MaxEventOverhead+MaxHeadersOverhead+MaxGroupsOverhead for frames.
	MaxHeadersOverhead = 1 + MaxHeaders*(2+2) + MaxHeaderBytes
	// MaxGroupsOverhead is the most bytes that groups add: a count, and names with
	// their lengths.
	MaxGroupsOverhead = maxGroupCount + MaxTypeGroups*maxGroupLength + MaxTypeGroupBytes
)

var (
	// ErrTooLarge: a frame or a payload is larger than its limit.
	ErrTooLarge = errors.New("wire: too large")
	// ErrMalformed: bytes that are not what they claim to be.
	ErrMalformed = errors.New("wire: malformed")
)

// limitOf is the most bytes that a body of the kind can need. Events, tapped ones
// too, have none of their own: theirs is the reader's.
func limitOf(k Kind) int {
	switch k {
	case Hello, Tap:
		return MaxHello
	case Inspected:
		return MaxInspected
	case Refuse:
		return MaxRefuse
	case Subscriptions:
		return MaxSubscriptions
	case Ready, Goodbye:
		return 1
	case Taken:
		return 1 + 2 + MaxTypeName + 10
	case Described:
		return 1 + 2 + MaxTypeName + MaxLayout
	case Event, Tapped:
		return int(^uint(0) >> 1)
	}
	return MaxNumber
}

package wire

import "strconv"

// Kind is the first byte of a frame's body.
type Kind byte

// The kinds of frame. Zero is none, so that zeroed memory is no frame.
const (
	// Hello is the first frame of either side: HelloMsg.
	Hello Kind = iota + 1
	// Refuse ends a connection attempt with its reason: RefuseMsg.
	Refuse
	// Subscriptions is the whole set that the sender subscribes to:
	// SubscriptionsMsg.
	Subscriptions
	// SubscriptionsAck acknowledges the Subscriptions of that number: NumberMsg.
	SubscriptionsAck
	// Ready says that the sender lists the other side as connected: ReadyMsg.
	Ready
	// Event is one event: EventMsg.
	Event
	// Sync asks for a SyncAck once everything before it is handled: NumberMsg.
	Sync
	// SyncAck answers the Sync of that number: NumberMsg.
	SyncAck
	// Ping asks whether the other side is there: NumberMsg.
	Ping
	// Pong answers the Ping of that number: NumberMsg.
	Pong
	// Goodbye says that the sender closes on purpose: GoodbyeMsg.
	Goodbye
	// Taken says that subscribers have taken events of one type: TakenMsg.
	Taken
	// Tap is the first frame of who only looks on: TapMsg. There is no other from it.
	Tap
	// Inspected tells a tap what goes on: JSON.
	Inspected
	// Tapped tells a tap of an event that passes: TappedMsg.
	Tapped
	// Lost tells a tap how many events it was not told of, since it began: NumberMsg.
	Lost
	// Described says which version of an event type the sender has: DescribedMsg.
	Described
	// Earlier says how many events the sender has sent to this run of the other side over
	// connections that have ended: NumberMsg.
	Earlier
)

var kindNames = [...]string{
	Hello: "hello", Refuse: "refuse", Subscriptions: "subscriptions",
	SubscriptionsAck: "subscriptions-ack", Ready: "ready", Event: "event",
	Sync: "sync", SyncAck: "sync-ack", Ping: "ping", Pong: "pong", Goodbye: "goodbye", Taken: "taken",
	Tap: "tap", Inspected: "inspected", Tapped: "tapped", Lost: "lost",
	Described: "described", Earlier: "earlier",
}

func (k Kind) valid() bool { return k >= Hello && k <= Earlier }

func (k Kind) String() string {
	if k.valid() {
		return kindNames[k]
	}
	return "kind " + strconv.Itoa(int(k))
}

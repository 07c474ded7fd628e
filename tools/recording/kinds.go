package recording

import (
	"cmp"
	"strings"

	"github.com/lahja/go-lahja/lahja"
)

// Codes of kinds, as they stand in a ring. Those up to lastJoined may stand for several events.
const (
	sent byte = iota + 1
	received
	taken
	handled
	dropped
	sendFailed
	requested
	answered
	connected
	disconnected
	refused
	reconnecting
	subscribed
	unsubscribed
	announced
	typesDiffer
	stepEnded
	fault
	kinds

	lastJoined = handled
)

var kindNames = [kinds]Kind{sent: Sent, received: Received, taken: Taken, handled: Handled, dropped: Dropped, sendFailed: SendFailed,
	requested: Requested, answered: Answered, connected: Connected, disconnected: Disconnected, refused: Refused,
	reconnecting: Reconnecting, subscribed: Subscribed, unsubscribed: Unsubscribed, announced: Announced,
	typesDiffer: TypesDiffer, stepEnded: StepEnded, fault: Fault}

// codes are those of what an endpoint's observer is told.
var codes = [...]byte{
	lahja.EventSent: sent, lahja.EventReceived: received, lahja.EventTaken: taken, lahja.EventHandled: handled,
	lahja.EventDropped: dropped, lahja.BroadcastFailed: sendFailed, lahja.RequestStarted: requested, lahja.RequestEnded: answered,
	lahja.Connected: connected, lahja.Disconnected: disconnected, lahja.Refused: refused, lahja.Reconnecting: reconnecting,
	lahja.SubscriptionStarted: subscribed, lahja.SubscriptionEnded: unsubscribed, lahja.SubscriptionsUpdated: announced,
	lahja.TypesDiffer: typesDiffer,
}

// observed is the code of an observation, 0 for one that is not recorded.
func observed(kind lahja.ObservationKind) byte {
	if kind < 0 || int(kind) >= len(codes) {
		return 0
	}
	return codes[kind]
}

// describe is what an observation without an error says beside its event: the type of an
// answer, a queue group, or what a peer subscribes to.
func describe(o *lahja.Observation) string {
	if o.AnswerEvent != "" || o.Group != "" || len(o.Types) == 0 {
		return cmp.Or(o.AnswerEvent, o.Group)
	}
	names := make([]string, len(o.Types))
	for i, t := range o.Types {
		names[i] = t.Name
	}
	return strings.Join(names, ", ")
}

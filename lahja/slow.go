package lahja

import (
	"cmp"
	"fmt"
)

// SlowPolicy says what happens to an event when there is no room for it, because a
// subscription (SubscribeConfig.WhenFull) or a peer (Options.SlowPeer) takes events more
// slowly than they arrive. Dropped events are counted (Subscription.Stats,
// Endpoint.Inspect) and observed (EventDropped). For each subscription and peer the log
// reports the first dropped event, the second, the fourth, the eighth and so on.
type SlowPolicy int

const (
	// Block, the default, makes the sender wait, so no event is lost. A broadcast waits for
	// room until its context ends or Options.BlockWait has passed. Then it fails with
	// ErrQueueFull, which says which endpoints have the event and which do not.
	Block SlowPolicy = iota
	// DropNewest drops the event for which there is no room.
	DropNewest
	// DropOldest drops waiting events, oldest first, until there is room.
	DropOldest
	// Disconnect ends the connection between the sender and the slow receiver. Where there
	// is no connection to end, for the endpoint's own events and on a broker, it works like
	// DropNewest.
	Disconnect
)

// SlowPolicies names the policies, for messages.
const SlowPolicies = "Block, DropNewest, DropOldest or Disconnect"

var slowPolicyNames = [...]string{"block", "drop newest", "drop oldest", "disconnect"}

func (p SlowPolicy) String() string {
	if !p.Valid() {
		return fmt.Sprintf("SlowPolicy(%d)", int(p))
	}
	return slowPolicyNames[p]
}

// Valid reports whether p is one of the policies.
func (p SlowPolicy) Valid() bool { return p >= Block && p <= Disconnect }

// SubscribeConfig says how a subscription receives events. The zero value works.
type SubscribeConfig struct {
	// Group makes the subscription a member of the queue group with that name. Of all
	// members, on all endpoints, one receives each event (see the package documentation). A
	// group's name follows the rules for an endpoint's (ValidateName). Without a group, the
	// subscription receives every event.
	Group string
	// QueueBytes is how many bytes of events may wait for the handler or for Next. It
	// counts their encoded size plus 256 bytes each. The default is DefaultQueueBytes, the
	// maximum MaxQueueBytes. An empty queue also accepts an event that is larger than the
	// limit. With Block the limit applies to the events of each peer separately, and the
	// smallest limit among an endpoint's subscriptions to a type counts.
	QueueBytes int
	// WhenFull says what happens to an event for which there is no room. The default is
	// Block.
	WhenFull SlowPolicy
	// Borrow hands the data of events to the handler without a copy where it can. Strings and
	// byte slices in it may refer to the bus's memory, and a type with its own UnmarshalBinary
	// may be decoded into the value of the previous event, to reuse its memory. The data is
	// valid only until the handler returns: copy what you keep (strings.Clone, bytes.Clone).
	// Everything else is as without Borrow.
	Borrow bool

	typed TypedHandler // the handler's decoder, if it has one
}

// Typed is for implementations of EndpointAPI. It returns the typed handler of Subscribe, nil
// if there is none, and the config without it.
func (c SubscribeConfig) Typed() (TypedHandler, SubscribeConfig) {
	typed := c.typed
	c.typed = nil
	return typed, c
}

// Complete is for implementations of EndpointAPI. It returns the config with defaults filled
// in, and ErrInvalid if it is out of range.
func (c SubscribeConfig) Complete() (SubscribeConfig, error) {
	if c.Group != "" {
		if err := ValidateName(c.Group); err != nil {
			return c, err
		}
	}
	problem := ""
	switch {
	case c.QueueBytes < 0 || c.QueueBytes > MaxQueueBytes:
		problem = fmt.Sprintf("SubscribeConfig.QueueBytes is %d; want 1 to %d, or 0 for the default of %d", c.QueueBytes, MaxQueueBytes, DefaultQueueBytes)
	case !c.WhenFull.Valid():
		problem = fmt.Sprintf("SubscribeConfig.WhenFull is %v; want %s", c.WhenFull, SlowPolicies)
	}
	if problem != "" {
		return c, &Error{Op: "subscribe", Kind: ErrInvalid, Detail: problem}
	}
	c.QueueBytes = cmp.Or(c.QueueBytes, DefaultQueueBytes)
	return c, nil
}

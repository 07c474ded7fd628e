package lahja

import "fmt"

// SlowPolicy says what becomes of an event for which there is no room: because a
// subscription's handler or stream takes events more slowly than they come
// (SubscribeConfig.WhenFull), or because a peer does (Options.SlowPeer). What is
// dropped is counted (Subscription.Stats, Endpoint.Inspect) and observed
// (EventDropped). The log tells of the first event that is dropped at a subscription or
// for a peer, of the second, the fourth, the eighth and so on.
type SlowPolicy int

const (
	// Block, the default, has the sender wait: no event is lost. A broadcast waits
	// for room up to its context's end or Options.BlockWait, and then fails with
	// ErrQueueFull, which says who has the event and who has not.
	Block SlowPolicy = iota
	// DropNewest drops the event for which there is no room.
	DropNewest
	// DropOldest drops events that wait, oldest first, until there is room.
	DropOldest
	// Disconnect ends the connection between the sender and the slow one. Events of
	// an endpoint's own, and of peers that have no connection of their own (on a
	// broker), are dropped as by DropNewest.
	Disconnect
)

var slowPolicyNames = [...]string{"block", "drop newest", "drop oldest", "disconnect"}

func (p SlowPolicy) String() string {
	if !p.valid() {
		return fmt.Sprintf("SlowPolicy(%d)", int(p))
	}
	return slowPolicyNames[p]
}

func (p SlowPolicy) valid() bool { return p >= Block && p <= Disconnect }

// SubscribeConfig says how a subscription takes events. The zero value works.
type SubscribeConfig struct {
	// Group makes the subscription a member of the queue group of that name: of all
	// members, on all endpoints, one receives each event (see the package). A group's
	// name is as an endpoint's (ValidateName). Empty means none: it receives every
	// event.
	Group string
	// QueueBytes is how many bytes of events may wait for the handler or for Next,
	// encoded and with 256 bytes for each; DefaultQueueBytes. An event that is larger
	// than all of it is taken by an empty queue. With Block it holds for the events of
	// each peer by itself, and the smallest of an endpoint's subscriptions to a type
	// counts. At most MaxQueueBytes.
	QueueBytes int
	// WhenFull is what becomes of an event for which there is no room; Block.
	WhenFull SlowPolicy
	// Inline has the handler of Subscribe called by the goroutine that reads from the
	// peer, as an event comes, instead of queueing the event for another goroutine. It is
	// for handlers that are quick and wait for nothing: an event costs a third to two
	// thirds of the time, and an answer to a request comes sooner (docs/benchmarks.md has
	// the figures).
	//
	// The price: while the handler runs nothing else is read from that peer, neither
	// events nor answers. So in it whatever would wait fails with ErrInvalid at once
	// (Request, Next, Sync, connecting, waits, Shutdown), and a broadcast for which there
	// is no room with ErrQueueFull. And an event's data is good only until the handler
	// returns: texts and byte slices in it refer to what was read, and a type with an
	// UnmarshalBinary of its own is given the value of the event before to decode into,
	// so that it can use its memory again. Keep copies (strings.Clone, bytes.Clone).
	//
	// Events are queued all the same, and called for one after the other as ever, where
	// another subscription of the endpoint takes the type too, where WhenFull is not Block
	// or Group is set, while the handler runs for another peer, while a request reads its
	// own answer from the peer, and where they come from the endpoint itself or over a
	// broker. A subscription that has no typed handler does without.
	Inline bool

	typed typedHandler // the handler's, if it has one
}

// checked gives the config its defaults, or says what is wrong with it.
func (c SubscribeConfig) checked() (SubscribeConfig, error) {
	if c.Group != "" {
		if err := ValidateName(c.Group); err != nil {
			return c, err
		}
	}
	problem := ""
	switch {
	case c.QueueBytes < 0 || c.QueueBytes > MaxQueueBytes:
		problem = fmt.Sprintf("SubscribeConfig.QueueBytes is %d; want 1 to %d, or 0 for the default of %d", c.QueueBytes, MaxQueueBytes, DefaultQueueBytes)
	case !c.WhenFull.valid():
		problem = "SubscribeConfig.WhenFull" + policyProblem(c.WhenFull)
	}
	if problem != "" {
		return c, &Error{Op: "subscribe", Kind: ErrInvalid, Detail: problem}
	}
	c.QueueBytes = orDefault(c.QueueBytes, DefaultQueueBytes)
	return c, nil
}

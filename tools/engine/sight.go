package engine

import "time"

// Sight is one thing that a driver saw: an event that an action or a handler
// received, or how an action ended. It holds nothing that differs from run to run
// by itself: no ids, no instances, no times.
type Sight struct {
	// Action is the action that saw it.
	Action Place `json:"action"`
	// Opened is the action that made the subscription or stream which the event
	// came through; nil where the action itself waited for the event.
	Opened *Opening `json:"opened,omitempty"`
	// Event is what was received.
	Event *SeenEvent `json:"event,omitempty"`
	// Emptied says that the action took all that the stream held.
	Emptied bool `json:"emptied,omitempty"`
	// Ended says that the action ended or, where there is an Event, that the
	// handler failed on it. Error is then the class of the error, "" where there
	// was none.
	Ended bool   `json:"ended,omitempty"`
	Error string `json:"error,omitempty"`
	// Text is the error itself, for people: it may name what differs.
	Text string `json:"text,omitempty"`
	// At is when it was recorded, by the clock of the process that did.
	At time.Time `json:"at,omitzero"`
}

// Place is an action of a driver.
type Place struct {
	// Index is that of the step; see Step.
	Index int `json:"index"`
	// Text is the action, the innermost one where it is made of others, with its
	// arguments.
	Text string `json:"text"`
	// Source is the file and line where the scenario declares it.
	Source string `json:"source"`
}

// Opening is an action that made a subscription or a stream. Round counts, from
// 1, how often it had done so.
type Opening struct {
	Place
	Round int `json:"round"`
}

// SeenEvent is a received event as it compares: its data as JSON, cut where it is
// long and then with its size and digest.
type SeenEvent struct {
	Type   string `json:"type"`
	Data   string `json:"data"`
	Origin string `json:"origin"`
}

package recording

import (
	"time"
)

// Schema is the version of the lines of run.jsonl. It grows when a reader of an older version
// would misread a newer file; fields may be added without that.
const Schema = 1

// Run is one recorded run.
type Run struct {
	Header
	// Entries are in order of time. Those of one driver are in its own order.
	Entries []Entry
	Outcome Outcome
}

// Header is what was known of a run before it began. It is the first line of run.jsonl.
type Header struct {
	Schema   int    `json:"schema"`
	Scenario string `json:"scenario"`
	Rule     string `json:"rule,omitempty"`
	// Location is the file and line that declares the scenario.
	Location string `json:"location,omitempty"`
	Engine   string `json:"engine"`
	// Began is the moment from which the times of entries count.
	Began   time.Time         `json:"began"`
	Seed    uint64            `json:"seed,omitempty"`
	Params  map[string]string `json:"params,omitempty"`
	Drivers []Driver          `json:"drivers"`
}

// Driver is one driver's part in the plan.
type Driver struct {
	Name string `json:"name"`
	// Endpoint is the name of its endpoint, empty for a driver without one.
	Endpoint string `json:"endpoint,omitempty"`
	// Process says that the driver runs in a process of its own.
	Process bool `json:"process,omitempty"`
	// Unrecorded says why nothing that the driver's endpoint did was recorded. It is empty
	// if it was, also if the endpoint did nothing.
	Unrecorded string `json:"unrecorded,omitempty"`
	// Steps are what the driver declares: its initializer at 0, then its actions.
	Steps []Step `json:"steps"`
}

// Step is an initializer or an action as it was declared.
type Step struct {
	Text   string `json:"text"`
	Source string `json:"source,omitempty"`
}

// Outcome is how a run ended. It is the last line of run.jsonl.
type Outcome struct {
	// Verdict is passed, failed, known-failure or unsupported.
	Verdict string `json:"verdict"`
	// Elapsed is how long the run took.
	Elapsed time.Duration `json:"elapsed"`
	// Failures begin with the cause. Those of drivers that were only stopped come last.
	Failures []Failure `json:"failures,omitempty"`
	// Explanation says in words why a driver waited in vain, where that could be found out.
	Explanation string `json:"explanation,omitempty"`
	// Report is the whole report as text.
	Report string `json:"report,omitempty"`
	// Invariants are the results of the scenario's invariants.
	Invariants []Checked `json:"invariants,omitempty"`
	// Lost is how many entries of each driver, by index, the bounded ring has not kept. They
	// are older than those that it kept. Without it none was lost.
	Lost []uint64 `json:"lost,omitempty"`
}

// Checked is the result of an invariant.
type Checked struct {
	Name string `json:"name"`
	// Verdict is held, broken, undecided or unseen.
	Verdict string `json:"verdict"`
	// Reason says why it is broken or undecided.
	Reason string `json:"reason,omitempty"`
}

// Failure is one failure of a run.
type Failure struct {
	// Driver is the index of the driver that failed, -1 if none did: a scenario's deadline, a
	// leak.
	Driver int `json:"driver"`
	// Step is the index of the step that failed.
	Step int    `json:"step,omitempty"`
	Kind string `json:"kind"`
	Text string `json:"text"`
	// At is when it was recorded, since Header.Began. For a leak, it is the end of the run.
	At time.Duration `json:"at"`
}

// Entry is one thing that happened.
type Entry struct {
	// At is when it happened, since Header.Began, in nanoseconds. Where Count is more than 1,
	// it is when the first ones of them were observed.
	At time.Duration `json:"t"`
	// Driver is the index of the driver that it happened to, or -1: to the run as a whole.
	Driver int  `json:"d"`
	Kind   Kind `json:"k"`
	// Step is the index of the step, Serial the number of its execution: a step that is
	// repeated, or made of others, is executed several times.
	Step   int `json:"step,omitempty"`
	Serial int `json:"serial,omitempty"`
	// Text is the action of a StepBegan, the name of a point, a line of output or of the log,
	// or what a fault does.
	Text string `json:"text,omitempty"`
	// Source is the file and line of a step.
	Source string `json:"source,omitempty"`
	// Endpoint is the one that it happened to, if it is not the driver's own.
	Endpoint string `json:"endpoint,omitempty"`
	// Peer is the name of the other endpoint, Event the wire name of the event's type. ID
	// identifies the event on the bus, Answers the request that it answers. For Answered, ID is
	// the request's and Answers the answer's, whose type is Text. For Connected, Disconnected and
	// Announced, ID.Instance identifies the run of Peer.
	//
	// Text of Subscribed and Unsubscribed is the queue group.
	Peer    string `json:"peer,omitempty"`
	Event   string `json:"event,omitempty"`
	ID      ID     `json:"id,omitzero"`
	Answers ID     `json:"answers,omitzero"`
	// Subscription is the number of the subscription among those of the endpoint, of Handled,
	// Taken, Subscribed and Unsubscribed, and of a Dropped that concerns one subscription. If an
	// endpoint of that name is opened again, it counts from 1 again.
	Subscription int `json:"sub,omitempty"`
	// Beside is how many other events the endpoint had begun to broadcast when the last one of
	// a Sent had been queued. They may arrive before it.
	Beside int `json:"beside,omitempty"`
	// Count is how many events with following numbers the entry stands for; 0 means one. They
	// took at most a millisecond, or are up to 16 that a handler has returned from, of which one
	// took longer.
	Count int `json:"n,omitempty"`
	// Size is in bytes, of all events that the entry stands for.
	Size int `json:"size,omitempty"`
	// Took is how long a handler, a request or a step took.
	Took time.Duration `json:"took,omitempty"`
	// Outgoing says of a dropped event that it was for Peer, and not from it.
	Outgoing bool `json:"out,omitempty"`
	// Error is what went wrong.
	Error string `json:"error,omitempty"`
	// PID is of the process that started or ended.
	PID int `json:"pid,omitempty"`
	// Value is what an operation was called with, or has returned, as JSON.
	Value string `json:"value,omitempty"`
}

// ID identifies an event as the bus does. The zero value identifies none.
type ID struct {
	Instance uint64
	Sequence uint64
}

// IsZero reports whether the id identifies no event.
func (id ID) IsZero() bool { return id == ID{} }

// Kind says what happened.
type Kind string

// The kinds of entry. What an endpoint reports has the name that its observer uses.
const (
	// StepBegan: a driver begins a step; Text is the action. StepEnded: it has ended, with
	// Error if it failed.
	StepBegan Kind = "step"
	StepEnded Kind = "step ended"

	// Sent: an event was queued for Peer. Received: one arrived from Peer. Taken: a stream or
	// a wait returned one. Handled: a handler has returned. Dropped: an event was dropped.
	// SendFailed: a broadcast or a request failed at once.
	Sent       Kind = "sent"
	Received   Kind = "received"
	Taken      Kind = "taken"
	Handled    Kind = "handled"
	Dropped    Kind = "dropped"
	SendFailed Kind = "send failed"
	// Requested: a request began. Answered: it has ended, with its answer or an Error.
	Requested Kind = "requested"
	Answered  Kind = "answered"
	// Connected, Disconnected, Refused, Reconnecting: of the connection with Peer. Text of
	// Connected are the types that Peer subscribes to.
	Connected    Kind = "connected"
	Disconnected Kind = "disconnected"
	Refused      Kind = "refused"
	Reconnecting Kind = "reconnecting"
	// Subscribed, Unsubscribed: the driver's own endpoint did, to Event. Announced: Peer said
	// that it subscribes to the types in Text. TypesDiffer: Peer has another version of Event.
	Subscribed   Kind = "subscribed"
	Unsubscribed Kind = "unsubscribed"
	Announced    Kind = "announced"
	TypesDiffer  Kind = "types differ"

	// Arrived: the driver waits at the point in Text ("checkpoint \"x\""). Released: it goes on,
	// with Error if the point is broken. Signalled: it has sent the signal in Text, or listens.
	Arrived   Kind = "arrived"
	Released  Kind = "released"
	Signalled Kind = "signalled"

	// Called: the driver begins the operation number Serial on what is named Text, with Value.
	// Returned: the operation has returned Value.
	Called   Kind = "called"
	Returned Kind = "returned"

	// Broken: an invariant is broken by the event, or by what the driver did. Text names the
	// invariant.
	Broken Kind = "broken"

	// Fault: a driver does something to another one, or to itself: Text says what.
	Fault Kind = "fault"
	// Started, Exited: the driver's process, PID; Text says how it ended.
	Started Kind = "started"
	Exited  Kind = "exited"
	// Output: a line that the driver's process printed. Logged: a line of its log.
	Output Kind = "output"
	Logged Kind = "log"
	// Failed: the driver, or the run, failed. Ended: the driver does nothing any more, unless it
	// has crashed and is Restarted: the steps of that are numbered after those of its plan.
	Failed    Kind = "failed"
	Ended     Kind = "ended"
	Restarted Kind = "restarted"
)

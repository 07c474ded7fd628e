package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// FailureKind classes failures, so that reports and tests need not read text.
type FailureKind string

const (
	// FailedError: an action returned an error.
	FailedError FailureKind = "error"
	// FailedTimeout: an action outlived its timeout.
	FailedTimeout FailureKind = "timeout"
	// FailedIgnored: an action outlived its timeout and its context, and was
	// left behind.
	FailedIgnored FailureKind = "ignored-context"
	// FailedPanic: an action or a handler panicked.
	FailedPanic FailureKind = "panic"
	// FailedAssertion: a Gomega assertion failed.
	FailedAssertion FailureKind = "assertion"
	// FailedHandler: a bus handler returned an error that no action expects.
	FailedHandler FailureKind = "handler"
	// FailedThrows: an action did not fail as Throws said.
	FailedThrows FailureKind = "throws"
	// FailedCheckpoint: a checkpoint was broken.
	FailedCheckpoint FailureKind = "checkpoint"
	// FailedStuck: a driver waits for what no driver can supply any more.
	FailedStuck FailureKind = "stuck"
	// FailedProcess: a child process ended, or spoke, as it must not.
	FailedProcess FailureKind = "process"
	// FailedHarness: the run could not be set up, or the framework is used
	// wrongly.
	FailedHarness FailureKind = "harness"
	// FailedDeadline: the scenario outlived its deadline.
	FailedDeadline FailureKind = "deadline"
	// FailedInvariant: an invariant of the scenario is broken. It belongs to no driver.
	FailedInvariant FailureKind = "invariant"
	// FailedUnexpectedPass: the scenario is listed as a known failure, and passed.
	FailedUnexpectedPass FailureKind = "unexpected-pass"
	// FailedVacuous: a fault that was to happen affected nothing.
	FailedVacuous FailureKind = "vacuous"
	// FailedLeak: something was left behind.
	FailedLeak FailureKind = "leak"
	// FailedStopped: the driver was stopped because another one failed.
	FailedStopped FailureKind = "stopped"
)

// Failure is a failure as data, the same from a child as from a goroutine.
type Failure struct {
	Kind FailureKind `json:"kind"`
	// Driver and Endpoint are names; empty where the failure belongs to none.
	Driver   string `json:"driver,omitempty"`
	Endpoint string `json:"endpoint,omitempty"`
	// Action is the number of the driver's action, as in Step.Index.
	Action int `json:"action"`
	// Text is that action with its arguments. Inner is the action within it that
	// failed, where it is made of several.
	Text  string `json:"text,omitempty"`
	Inner string `json:"inner,omitempty"`
	// Source is the file and line where the scenario declares it.
	Source string `json:"source,omitempty"`
	// Message says what went wrong.
	Message string `json:"message"`
	// WaitedFor says what the action waited for, where it waits.
	WaitedFor string `json:"waitedFor,omitempty"`
	// Peers is who was connected to the endpoint and what they subscribed to,
	// itself first.
	Peers []PeerState `json:"peers,omitempty"`
	// Call is the call on the bus that failed, where the error says which.
	Call *Call `json:"call,omitempty"`
	// Elapsed is how long the action ran.
	Elapsed time.Duration `json:"elapsed,omitempty"`
	// Detail is more for people: a stack, the host of a child.
	Detail string `json:"detail,omitempty"`
	// Err is the error itself, where it happened in this process.
	Err error `json:"-"`
}

// Call is a call on the bus, as a lahja.Error names it.
type Call struct {
	// Op is the operation: "request", or "wait until cache subscribed to x.Tick".
	Op string `json:"op"`
	// Peer is the other endpoint, and Event the wire name of the event's type; "" for none.
	Peer  string `json:"peer,omitempty"`
	Event string `json:"event,omitempty"`
	// Kind is the text of the error's kind, such as that of lahja.ErrNoSubscribers; "" for none.
	Kind string `json:"kind,omitempty"`
	// Cause is that of a context that ended, "context canceled" say; "" where none did.
	Cause string `json:"cause,omitempty"`
}

// PeerState is one line of what an endpoint saw.
type PeerState struct {
	Name          string   `json:"name"`
	Subscriptions []string `json:"subscriptions"`
}

func (f *Failure) Error() string {
	if where := f.Where(); where != "" {
		return where + ": " + f.Message
	}
	return f.Message
}

// Where is the driver that failed, with the action; "" where the failure belongs to none.
func (f *Failure) Where() string {
	if f.Text == "" {
		return f.Driver
	}
	return fmt.Sprintf("%s, action %d, %s", f.Driver, f.Action, f.Text)
}

// Unwrap returns the error itself, where it happened in this process.
func (f *Failure) Unwrap() error { return f.Err }

// Stopped reports whether the failure is only the consequence of another one.
func (f *Failure) Stopped() bool { return f.Kind == FailedStopped }

// ErrStopped is the cause of a run's context once a driver has failed or the
// scenario's time is up.
var ErrStopped = errors.New("stopped because of the first failure")

// ErrGoexit is the error of a function that ended its goroutine.
var ErrGoexit = errors.New("the function ended its goroutine (runtime.Goexit): " +
	"was t.FailNow or t.Fatal called in a driver? Use the scope's Expect or Fail, or return an error")

// ErrTimeout is the cause of an action's context once its timeout has passed.
var ErrTimeout = errors.New("action timeout")

// TimeoutError is ErrTimeout of an engine that knows more of it.
type TimeoutError struct {
	// Why says at the end of the timeout what the engine knows, as the end of a sentence.
	Why func() string
}

func (e *TimeoutError) Error() string { return ErrTimeout.Error() + ", " + e.Why() }

// Is reports that it is ErrTimeout.
func (e *TimeoutError) Is(target error) bool { return target == ErrTimeout }

// IgnoredError is the error of a function that went on after its context ended.
type IgnoredError struct {
	// Timeout is what it had.
	Timeout time.Duration
	// Cause is why its context ended.
	Cause error
	// Stack is where it was then, what it called last first.
	Stack string
}

func (e *IgnoredError) Error() string {
	return fmt.Sprintf("it went on for more than %v after its context had ended (%v) and was left behind; "+
		"what its stack shows it in must return when the context ends", IgnoreGrace, e.Cause)
}

// Unwrap returns the cause.
func (e *IgnoredError) Unwrap() error { return e.Cause }

// StateOf lists an endpoint's peers with their subscriptions, itself first.
func StateOf(ep lahja.EndpointAPI) []PeerState {
	if ep == nil {
		return nil
	}
	snapshot := ep.Peers()
	states := make([]PeerState, 0, len(snapshot.Peers))
	for _, p := range snapshot.Peers {
		states = append(states, PeerState{Name: p.Name, Subscriptions: sortedKeys(p.Subscriptions)})
	}
	return states
}

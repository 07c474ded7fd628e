package engine

import (
	"encoding/json"
	"fmt"
	"time"
)

// RecordKind says what a record tells.
type RecordKind string

const (
	// RecordStep: the driver begins an action.
	RecordStep RecordKind = "step"
	// RecordResult: the driver reports a value, named, as JSON.
	RecordResult RecordKind = "result"
	// RecordFailure: the driver failed.
	RecordFailure RecordKind = "failure"
	// RecordEnded: the driver has ended, so that nobody need wait for it any more. The
	// engine records it, with the failure if that is known to the engine alone: the
	// process died, say.
	RecordEnded RecordKind = "ended"
	// RecordRestarted: the driver, which has crashed and ended, is started again. The engine
	// records it, and RecordEnded once more.
	RecordRestarted RecordKind = "restarted"
	// RecordLog: a line for people.
	RecordLog RecordKind = "log"
	// RecordOutput: a line that the driver's process printed, or a part of a long one.
	// The parent records it.
	RecordOutput RecordKind = "output"
	// RecordSight: the driver saw something. Sent only where Assignment.Trace is
	// set.
	RecordSight RecordKind = "sight"
	// RecordReached: the driver has sent a signal, or its endpoint listens. At says which.
	RecordReached RecordKind = "reached"
	// RecordCalled: the driver begins the operation Serial on what is named Name, with Value.
	// RecordReturned: it has returned Value.
	RecordCalled   RecordKind = "called"
	RecordReturned RecordKind = "returned"
	// RecordCrash: the driver now has its process killed.
	RecordCrash RecordKind = "crash"
	// RecordArrived: the driver waits at a point, At. RecordReleased: it goes on; Name says why
	// if the point is broken. The runner records them.
	RecordArrived  RecordKind = "arrived"
	RecordReleased RecordKind = "released"
	// RecordStarted: the driver's process, PID, has started. RecordExited: it has ended; Name
	// says how. The engine records them.
	RecordStarted RecordKind = "started"
	RecordExited  RecordKind = "exited"
)

// Record is one entry of a run's stream of records.
type Record struct {
	Kind RecordKind `json:"kind"`
	// Time is when it happened, by the clock of the process that recorded it.
	Time time.Time `json:"time,omitzero"`
	// Driver is the index of the driver that recorded it.
	Driver int `json:"driver"`
	// By is the driver's name, set by the runner.
	By string `json:"-"`
	// Step is what the driver does now.
	Step *Step `json:"step,omitempty"`
	// Name and Value are a result, or an operation's; Name alone is a line of log or output.
	Name  string          `json:"name,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
	// Serial is the number of an operation among those of the driver, from 1.
	Serial int `json:"serial,omitempty"`
	// At is the point that was reached.
	At *Point `json:"at,omitempty"`
	// PID is the process that started or ended.
	PID int `json:"pid,omitempty"`
	// Failure is what went wrong.
	Failure *Failure `json:"failure,omitempty"`
	// Sight is what the driver saw.
	Sight *Sight `json:"sight,omitempty"`
}

// MaxResult is the largest result that a driver can report, in bytes of JSON, on every
// engine.
const MaxResult = 8 << 20

// Step is one action as it is being run.
type Step struct {
	// Index counts the driver's actions from 1; 0 is its initializer, and
	// closing its endpoint comes after the last.
	Index int
	// Serial counts the steps that the driver has begun, also those of a composite, from 1. A
	// driver that was started again does not use a number twice.
	Serial int
	// Action prints the action with its arguments.
	Action fmt.Stringer
	// Source is the file and line where the scenario declares the action.
	Source fmt.Stringer
	// Since is when it began.
	Since time.Time
}

type stepJSON struct {
	Index  int       `json:"index"`
	Serial int       `json:"serial,omitempty"`
	Action string    `json:"action"`
	Source string    `json:"source"`
	Since  time.Time `json:"since"`
}

// MarshalJSON renders action and source, which are kept unrendered within one
// process because most are never read.
func (s Step) MarshalJSON() ([]byte, error) {
	return json.Marshal(stepJSON{Index: s.Index, Serial: s.Serial, Action: Readable(text(s.Action)), Source: Readable(text(s.Source)), Since: s.Since})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Step) UnmarshalJSON(data []byte) error {
	var j stepJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*s = Step{Index: j.Index, Serial: j.Serial, Action: Text(j.Action), Source: Text(j.Source), Since: j.Since}
	return nil
}

// Text is a string as a Stringer.
type Text string

func (t Text) String() string { return string(t) }

// ErrorText is an error's text, empty for none.
func ErrorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func text(s fmt.Stringer) string {
	if s == nil {
		return ""
	}
	return s.String()
}

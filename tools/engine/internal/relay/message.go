package relay

import (
	"syscall"
	"time"

	"github.com/lahja/go-lahja/tools/engine/subprocess"
)

// Order says what process to start.
type Order struct {
	Driver int      `json:"driver"`
	Name   string   `json:"name"`
	Args   []string `json:"args"`
	Env    []string `json:"env"`
	// Records is how many records its ring has, 0 for none.
	Records int `json:"records"`
}

// OrderOf is the order to start a process.
func OrderOf(s subprocess.Spec) Order {
	return Order{Driver: s.Driver, Name: s.Name, Args: s.Args, Env: s.Env, Records: s.Ring.Records()}
}

// Operation is what a parent wants done with a process. All of them may be repeated.
type Operation string

// Operations are the methods of subprocess.Process.
const (
	OpPause  Operation = "pause"
	OpResume Operation = "resume"
	OpDying  Operation = "dying"
	OpKill   Operation = "kill"
	OpWait   Operation = "wait"  // tell whether the process has ended
	OpClean  Operation = "clean" // end what it has left behind
)

// Request is an operation with what it needs.
type Request struct {
	Op Operation `json:"op"`
	// Grace is how long a process may go on that is waited for.
	Grace time.Duration `json:"grace,omitempty"`
	// Looked is of Process.Clean.
	Looked bool `json:"looked,omitempty"`
	// Counters asks for coverage counters before they are removed; nil does not.
	Counters *Counters `json:"counters,omitempty"`
}

// Answer is what comes of a request, or of an order.
type Answer struct {
	// Error is why it was not done.
	Error string `json:"error,omitempty"`
	// PID and Dir are of a process that was started.
	PID int    `json:"pid,omitempty"`
	Dir string `json:"dir,omitempty"`
	// Exit is of a process that has ended.
	Exit *Exit `json:"exit,omitempty"`
	// Left is what was left behind.
	Left []string `json:"left,omitempty"`
	// Busy says that it is still being done: ask again.
	Busy bool `json:"busy,omitempty"`
}

// Exit says how a process ended.
type Exit struct {
	Code   int            `json:"code"`
	Signal syscall.Signal `json:"signal,omitempty"`
}

// What is sent of a process begins with one of these.
const (
	saysControl = 'c' // bytes of its control connection
	saysLine    = 'l' // a line of its output
	saysEnd     = 'e' // it has closed its control connection
	saysRing    = 'r' // a part of what it has recorded, which snappy has compressed
	saysCounted = 'g' // a part of its coverage counters, likewise
)

// MaxChunk is the largest message of a process, well below what NATS servers take by default (1 MiB).
const MaxChunk = 256 << 10

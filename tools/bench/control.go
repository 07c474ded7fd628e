package bench

import (
	"encoding/json"
	"os"
	"sync"
)

// job says what a child does. It comes with the first order.
type job struct {
	// Role names one of roles.
	Role   string `json:"role"`
	System string `json:"system,omitempty"`
	Codec  string `json:"codec,omitempty"`
	Engine string `json:"engine,omitempty"`
	// Payload is in bytes. Consumers is the number of receivers, and Index is this one's.
	Payload   int `json:"payload,omitempty"`
	Consumers int `json:"consumers,omitempty"`
	Index     int `json:"index,omitempty"`
	// Warm events are sent first and not measured; Events are sent then.
	Warm   int `json:"warm,omitempty"`
	Events int `json:"events,omitempty"`
	// One in Every events is timed.
	Every int `json:"every,omitempty"`
	// Throttle is in events per second; 0 means no limit.
	Throttle float64 `json:"throttle,omitempty"`
	// Borrow makes the bus's handlers borrow the data of events.
	Borrow bool `json:"borrow,omitempty"`
	// OnNATS puts the bus's endpoint on NATS.
	OnNATS bool `json:"on_nats,omitempty"`
	// Dir is the run's private directory, and URL the server's.
	Dir string `json:"dir,omitempty"`
	URL string `json:"url,omitempty"`
	// Subject names what grows, and Size is its size in this run (Scale).
	Subject string `json:"subject,omitempty"`
	Size    int    `json:"size,omitempty"`
	// Profile is the file for a CPU profile of the measured part; if empty, there is none.
	Profile string `json:"profile,omitempty"`
}

// order is a message from the parent to a child.
type order struct {
	Kind orderKind `json:"kind"`
	Job  *job      `json:"job,omitempty"`
}

type orderKind string

const (
	orderJob   orderKind = "job"
	orderWarm  orderKind = "warm"  // send the warm-up events
	orderRun   orderKind = "run"   // send the measured events
	orderBegin orderKind = "begin" // the measured part begins; answered with usage
	orderEnd   orderKind = "end"   // the measured part has ended; answered with usage
)

// message is a message from a child to its parent.
type message struct {
	Kind messageKind `json:"kind"`
	// First is the time at which the first event was sent, and Last the time at which the
	// last one was sent or received.
	First   int64    `json:"first,omitempty"`
	Last    int64    `json:"last,omitempty"`
	Latency *latency `json:"latency,omitempty"`
	Usage   usage    `json:"usage,omitzero"`
	// Count is the number of events that have passed, or whatever else the role counts.
	Count int64  `json:"count,omitempty"`
	URL   string `json:"url,omitempty"`
	Error string `json:"error,omitempty"`
	// Bytes is the memory that the role measured itself.
	Bytes int64 `json:"bytes,omitempty"`
}

type messageKind string

const (
	messageListening messageKind = "listening" // others may connect now
	messageReady     messageKind = "ready"     // connected to all, subscribed to all
	messageWarm      messageKind = "warm"      // the warm-up is over
	messageDone      messageKind = "done"      // the measured part is over
	messageUsage     messageKind = "usage"
	messageProgress  messageKind = "progress"
	messageFailed    messageKind = "failed"
	// messageGone says that the process has ended. The parent makes it itself.
	messageGone messageKind = "gone"
)

// lines is one end of a control connection: JSON values. Sending is safe for
// concurrent use.
type lines struct {
	file *os.File
	in   *json.Decoder

	// mu is held while a value is written, so that values do not interleave.
	mu  sync.Mutex
	out *json.Encoder
}

func newLines(f *os.File) *lines {
	return &lines{file: f, in: json.NewDecoder(f), out: json.NewEncoder(f)}
}

func (l *lines) send(v any) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Encode(v)
}

func (l *lines) receive(v any) error { return l.in.Decode(v) }

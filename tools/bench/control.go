package bench

import (
	"encoding/json"
	"os"
	"sync"
)

// job is what a child is to do. It is its first order.
type job struct {
	// Role names the child's part (roles).
	Role   string `json:"role"`
	System string `json:"system,omitempty"`
	Codec  string `json:"codec,omitempty"`
	Engine string `json:"engine,omitempty"`
	// Payload is in bytes; Consumers is how many receive; Index tells them apart.
	Payload   int `json:"payload,omitempty"`
	Consumers int `json:"consumers,omitempty"`
	Index     int `json:"index,omitempty"`
	// Warm events are sent first, which are not measured, then Events.
	Warm   int `json:"warm,omitempty"`
	Events int `json:"events,omitempty"`
	// Every is of how many events one is timed.
	Every int `json:"every,omitempty"`
	// Throttle is in events a second; 0 is as fast as it goes.
	Throttle float64 `json:"throttle,omitempty"`
	// Queued has the bus's handlers called by goroutines of their own.
	Queued bool `json:"queued,omitempty"`
	// Dir is private to the run; URL is the NATS server's.
	Dir string `json:"dir,omitempty"`
	URL string `json:"url,omitempty"`
	// Subject and Size say what grows, and to what, where cost is measured over size.
	Subject string `json:"subject,omitempty"`
	Size    int    `json:"size,omitempty"`
	// Profile is the file for a CPU profile of what is measured; "" is none.
	Profile string `json:"profile,omitempty"`
}

// order is what a parent tells a child.
type order struct {
	Kind orderKind `json:"kind"`
	Job  *job      `json:"job,omitempty"`
}

type orderKind string

const (
	orderJob   orderKind = "job"
	orderWarm  orderKind = "warm"  // send what is not measured
	orderRun   orderKind = "run"   // send what is
	orderBegin orderKind = "begin" // what follows is measured; answered by usage
	orderEnd   orderKind = "end"   // that was it; answered by usage
)

// message is what a child tells its parent.
type message struct {
	Kind messageKind `json:"kind"`
	// First and Last are times of the clock: of the first event that was sent, and of
	// the last one that was sent or received.
	First   int64    `json:"first,omitempty"`
	Last    int64    `json:"last,omitempty"`
	Latency *latency `json:"latency,omitempty"`
	Usage   usage    `json:"usage,omitzero"`
	// Count is how many events have passed, or whatever the role counts.
	Count int64  `json:"count,omitempty"`
	URL   string `json:"url,omitempty"`
	Error string `json:"error,omitempty"`
	// Bytes is memory that the role itself measured.
	Bytes int64 `json:"bytes,omitempty"`
}

type messageKind string

const (
	messageListening messageKind = "listening" // others may connect now
	messageReady     messageKind = "ready"     // connected to all, subscribed to all
	messageWarm      messageKind = "warm"      // what is not measured has been dealt with
	messageDone      messageKind = "done"      // what is measured has
	messageUsage     messageKind = "usage"
	messageProgress  messageKind = "progress"
	messageFailed    messageKind = "failed"
	// messageGone is the parent's own: the process has ended.
	messageGone messageKind = "gone"
)

// lines is one end of a control connection: JSON values. Sending is safe for
// concurrent use.
type lines struct {
	file *os.File
	in   *json.Decoder

	// mu is held while one value is written, so that values do not mix.
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

package bench

import (
	"fmt"
	"strings"
	"time"

	"github.com/lahja/go-lahja/internal/bytesize"
)

// Measures.
const (
	// Fanout: one sender broadcasts typed events to receivers in other processes, which
	// decode each event and pass it to a handler.
	Fanout = "fanout"
	// RoundTrip: requests from one process to another, each sent after the answer to the
	// previous one.
	RoundTrip = "roundtrip"
	// Local: a broadcast to subscribers of the same endpoint.
	Local = "local"
	// ScenarioRate: whole scenarios on each engine.
	ScenarioRate = "scenario"
	// Idle: the memory of idle connections.
	Idle = "idle"
	// Scale: how cost grows with the number of types, endpoints, subscribers or bytes.
	Scale = "scale"
	// Bridge: fan-out and round trips between endpoints on a socket and on NATS, with a bridge
	// between.
	Bridge = "bridge"
)

// Systems.
const (
	// Lahja is the bus.
	Lahja = "lahja"
	// Limit is bare sockets: length-prefixed frames, coalesced and not decoded.
	Limit = "limit"
	// WritePerFrame is Limit with one write per frame.
	WritePerFrame = "writeperframe"
	// NATS is core NATS, with its server in another process.
	NATS = "nats"
	// NATSBus is the bus with all endpoints on NATS.
	NATSBus = "natsbus"
	// Channels is a slice of Go channels.
	Channels = "channels"
)

// Codecs of events.
const (
	// DefaultCodec encodes an event field by field.
	DefaultCodec = "default"
	// BinaryCodec is the event's own binary form (encoding.BinaryMarshaler).
	BinaryCodec = "binary"
)

// Case is one thing to measure, on one system.
type Case struct {
	// Measure, System and Codec are names. Codec is empty if nothing is encoded.
	Measure string
	System  string
	Codec   string
	// Engine runs the scenario. Subject is what grows, to Size.
	Engine  string
	Subject string
	Size    int
	// Payload is the size in bytes, without the event's index and time.
	Payload   int
	Consumers int
	// Events is the number of events, requests or runs after the warm-up.
	Events int
	// Throttle is the largest number of events per second; 0 means no limit.
	Throttle float64
	// Borrow makes the bus's handlers borrow the data of events.
	Borrow bool
}

// group returns what comparable cases have in common.
func (c Case) group() Case {
	c.System, c.Events = "", 0
	return c
}

func (c Case) String() string {
	parts := []string{c.Measure, c.System, c.Engine, c.Subject, c.Codec}
	if c.Size > 0 {
		parts = append(parts, fmt.Sprint(c.Size))
	}
	if c.Consumers > 0 {
		parts = append(parts, fmt.Sprintf("x%d", c.Consumers))
	}
	if c.Payload > 0 {
		parts = append(parts, bytesize.Format(c.Payload))
	}
	full := parts[:0]
	for _, p := range parts {
		if p != "" {
			full = append(full, p)
		}
	}
	return strings.Join(full, " ")
}

const (
	// maxWarm bounds the warm-up. Connections, buffers and caches reach their size long before.
	maxWarm = 2000
	// Up to timeAll events, each event is timed. Above that, one in timeOneIn is: reading the
	// clock would cost Limit too much.
	timeAll   = 10_000
	timeOneIn = 16
)

// job returns the job of a process of the case.
func (c Case) job(role string) job {
	every := timeOneIn
	if c.Events <= timeAll || c.Throttle > 0 {
		every = 1
	}
	return job{Role: role, System: c.System, Codec: c.Codec, Engine: c.Engine, Payload: c.Payload, Consumers: c.Consumers,
		Warm: min(max(c.Events/10, 1), maxWarm), Events: c.Events, Every: every, Throttle: c.Throttle, Subject: c.Subject, Size: c.Size,
		Borrow: c.Borrow, OnNATS: c.onNATS(role)}
}

// Run has the figures of one case in one round.
type Run struct {
	// Seconds is the time from the first send to the last receive.
	Seconds float64
	// PerSecond counts received events, round trips or scenarios.
	PerSecond float64
	// SentPerSecond counts sent events.
	SentPerSecond float64
	// Fastest to P99 are latencies of single events.
	Fastest, Slowest, Average, P50, P99 time.Duration
	// CPU is the processor time of all processes during the measurement.
	CPU time.Duration
	// Memory is the sum of the peak resident sizes of all processes, in bytes, unless the
	// measure defines it otherwise (Idle, Scale).
	Memory int64
}

// timed sets the latencies.
func (r *Run) timed(l *latency) {
	r.Fastest, r.Slowest, r.Average = time.Duration(l.Min()), time.Duration(l.Max()), time.Duration(l.Mean())
	r.P50, r.P99 = time.Duration(l.ValueAtPercentile(50)), time.Duration(l.ValueAtPercentile(99))
}

// used adds the CPU time between two reports, and the memory of the second.
func (r *Run) used(before, after []message) {
	for i := range after {
		r.CPU += after[i].Usage.CPU - before[i].Usage.CPU
		r.Memory += after[i].Usage.Memory
	}
}

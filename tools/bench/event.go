package bench

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"

	"github.com/lahja/go-lahja/lahja"
)

// body is an event's data, the same for every system.
type body struct {
	// Index counts the events of a phase from 0, so that a loss shows.
	Index uint64
	// SentAt is when the event was sent, or 0 if the event is not timed.
	SentAt  int64
	Payload []byte
}

// Event is the event that the bus's codec encodes field by field.
type Event body

// EventName is the wire name.
func (Event) EventName() string { return "lahja/bench/event" }

// BinaryEvent is the event that encodes itself.
type BinaryEvent body

// EventName is the wire name.
func (BinaryEvent) EventName() string { return "lahja/bench/binary-event" }

// MarshalBinary implements encoding.BinaryMarshaler.
func (e BinaryEvent) MarshalBinary() ([]byte, error) {
	return appendBody(make([]byte, 0, bodyHead+len(e.Payload)), body(e)), nil
}

// UnmarshalBinary implements encoding.BinaryUnmarshaler. It reuses the payload's memory.
func (e *BinaryEvent) UnmarshalBinary(data []byte) error {
	if len(data) < bodyHead {
		return errShort
	}
	e.Index, e.SentAt = bodyHeader(data)
	e.Payload = append(e.Payload[:0], data[bodyHead:]...)
	return nil
}

// bodyHead is the length of the binary form before the payload.
const bodyHead = 16

var errShort = errors.New("bench: an event is shorter than its index and its time")

func appendBody(b []byte, e body) []byte {
	b = binary.BigEndian.AppendUint64(b, e.Index)
	b = binary.BigEndian.AppendUint64(b, uint64(e.SentAt))
	return append(b, e.Payload...)
}

// bodyHeader reads the index and the time.
func bodyHeader(b []byte) (index uint64, sentAt int64) {
	return binary.BigEndian.Uint64(b), int64(binary.BigEndian.Uint64(b[8:]))
}

// Ping is the request of round trips.
type Ping struct {
	lahja.Expects[Pong]
	Index   uint64
	Payload []byte
}

// EventName is the wire name.
func (Ping) EventName() string { return "lahja/bench/ping" }

// Pong answers a Ping with the same data.
type Pong struct {
	Index   uint64
	Payload []byte
}

// EventName is the wire name.
func (Pong) EventName() string { return "lahja/bench/pong" }

// seed makes payloads equal in every run and for every system.
const seed = 1

// payload returns n bytes that do not compress: a figure for compressed zeros would say nothing.
func payload(n int) []byte {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	b := make([]byte, n)
	// It never fails.
	_, _ = rand.NewChaCha8(key).Read(b)
	return b
}

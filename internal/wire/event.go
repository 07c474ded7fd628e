package wire

import (
	"encoding/binary"
	"fmt"

	"github.com/golang/snappy"
)

// EventMsg is one event.
type EventMsg struct {
	// Type is the wire name of the event's type, 1 to MaxTypeName bytes. It is
	// for AppendEvent; ParseEvent fills in TypeBytes instead, so that looking
	// a type up (map[string(e.TypeBytes)]) does not allocate.
	Type string
	// TypeBytes is the parsed name. It aliases the body, and keeps all of it.
	TypeBytes []byte
	// Shape is the hash of the type's shape at the sender, 0 if unknown.
	Shape uint64
	// Sequence is the second half of the event's id; the first is the
	// instance of the connection's Hello.
	Sequence uint64
	// AnswersInstance and AnswersSequence are the id of the request that this
	// event answers, both zero if it answers none.
	AnswersInstance, AnswersSequence uint64
	// Headers are within the limits: who appends has seen to that, and Parse does.
	// Nil where there are none.
	Headers map[string]string
	// Groups are the queue groups for which the receiver was chosen, sorted, 1 to
	// MaxName bytes each. Nil where there are none.
	Groups []string
	// Payload is the encoded event. A parsed one aliases the body unless it
	// was compressed.
	Payload []byte
}

// The bits of the flags byte.
const (
	flagAnswer = 1 << iota
	flagSnappy
	flagHeaders
	flagGroups
)

// AppendEvent appends the frame. A payload of more than compressAbove bytes is
// compressed where that makes it smaller; a negative compressAbove never
// compresses. Payload and dst must not overlap.
func AppendEvent(dst []byte, e EventMsg, compressAbove int) []byte {
	start := len(dst)
	dst = BeginEvent(dst, e)
	at := len(dst)
	return EndEvent(append(dst, e.Payload...), start, at, compressAbove)
}

// BeginEvent appends a frame as far as its payload, which is to be appended, and then
// EndEvent called.
func BeginEvent(dst []byte, e EventMsg) []byte {
	start := len(dst)
	dst = append(begin(dst, Event), 0)
	flags := start + 5
	if e.Type == "" {
		dst = append(binary.AppendUvarint(dst, uint64(len(e.TypeBytes))), e.TypeBytes...)
	} else {
		dst = appendText(dst, e.Type)
	}
	dst = binary.BigEndian.AppendUint64(dst, e.Shape)
	dst = binary.AppendUvarint(dst, e.Sequence)
	if e.AnswersInstance|e.AnswersSequence != 0 {
		dst[flags] |= flagAnswer
		dst = binary.BigEndian.AppendUint64(dst, e.AnswersInstance)
		dst = binary.AppendUvarint(dst, e.AnswersSequence)
	}
	if len(e.Headers) > 0 {
		dst[flags] |= flagHeaders
		dst = appendHeaders(dst, e.Headers)
	}
	if len(e.Groups) > 0 {
		dst[flags] |= flagGroups
		dst = appendGroups(dst, e.Groups)
	}
	return dst
}

// EndEvent finishes the frame that starts at start and has its payload at payload. It
// compresses as AppendEvent.
func EndEvent(dst []byte, start, payload, compressAbove int) []byte {
	dst, compressed := compress(dst, payload, compressAbove)
	if compressed {
		dst[start+5] |= flagSnappy
	}
	return end(dst, start)
}

// ForGroups is an event's frame for a receiver that was chosen for groups: a copy of one
// without any, whose payload stands at payload.
func ForGroups(frame []byte, payload int, groups []string) []byte {
	room := maxGroupCount
	for _, group := range groups {
		room += maxGroupLength + len(group)
	}
	dst := append(make([]byte, 0, len(frame)+room), frame[:payload]...)
	dst[5] |= flagGroups
	return end(append(appendGroups(dst, groups), frame[payload:]...), 0)
}

// ParseEvent reads an Event. A payload of more than maxPayload bytes, or one
// that would be after decompression, is ErrTooLarge before it is allocated.
func ParseEvent(body []byte, maxPayload int) (EventMsg, error) {
	d := decoder{what: Event.String(), rest: body}
	flags := d.byte("the flags")
	if flags&^(flagAnswer|flagSnappy|flagHeaders|flagGroups) != 0 {
		d.fail("unknown flags %#02x", flags)
	}
	var e EventMsg
	e.TypeBytes = d.text(1, MaxTypeName, "the type's name")
	e.Shape = d.uint64("the shape")
	e.Sequence = d.uvarint("the sequence number")
	if flags&flagAnswer != 0 {
		e.AnswersInstance = d.uint64("the answered instance")
		e.AnswersSequence = d.uvarint("the answered sequence number")
		if e.AnswersInstance|e.AnswersSequence == 0 {
			d.fail("it answers the request with no id")
		}
	}
	if flags&flagHeaders != 0 {
		e.Headers = d.headers()
	}
	if flags&flagGroups != 0 {
		e.Groups = d.someGroups()
	}
	if d.err != nil {
		return EventMsg{}, d.err
	}
	var err error
	if e.Payload, err = parsePayload(d.rest, flags&flagSnappy != 0, maxPayload); err != nil {
		return EventMsg{}, err
	}
	return e, nil
}

// EventReader parses the events of one sender. Most have the same type as the one
// before, so that all before the sequence number is the same too, and needs no looking
// at again.
type EventReader struct {
	prefix []byte // flags, type and shape; of plain events alone
	like   EventMsg
	plain  bool // the last one began so
}

// Another is Parse for an event that is like the one before but for its sequence number
// and its payload, of which it is the short way. It returns false where it is not, or
// where Parse would fail.
func (r *EventReader) Another(body []byte, maxPayload int) (sequence uint64, payload []byte, ok bool) {
	n := len(r.prefix)
	if !r.plain || len(body) <= n || string(body[:n]) != string(r.prefix) {
		return 0, nil, false
	}
	sequence, size := binary.Uvarint(body[n:])
	if size <= 0 || size != uvarintLen(sequence) || len(body)-n-size > maxPayload {
		return 0, nil, false
	}
	return sequence, body[n+size:], true
}

// Parse is ParseEvent.
func (r *EventReader) Parse(body []byte, maxPayload int) (EventMsg, error) {
	n := len(r.prefix)
	if r.plain = n > 0 && len(body) >= n && string(body[:n]) == string(r.prefix); r.plain {
		e := r.like
		d := decoder{what: Event.String(), rest: body[n:]}
		e.Sequence = d.uvarint("the sequence number")
		if d.err != nil {
			return EventMsg{}, d.err
		}
		var err error
		e.Payload, err = parsePayload(d.rest, false, maxPayload)
		return e, err
	}
	e, err := ParseEvent(body, maxPayload)
	if err == nil && body[0] == 0 {
		r.prefix = append(r.prefix[:0], body[:1+uvarintLen(uint64(len(e.TypeBytes)))+len(e.TypeBytes)+8]...)
		r.like = EventMsg{TypeBytes: r.prefix[len(r.prefix)-8-len(e.TypeBytes) : len(r.prefix)-8], Shape: e.Shape}
		r.plain = true
	}
	return e, err
}

// snappyRatio is more than any snappy block can expand: a copy of at most 64
// bytes takes 3. A block that claims more lies, and is not allocated for.
const snappyRatio = 22

func parsePayload(data []byte, compressed bool, most int) ([]byte, error) {
	size := len(data)
	if compressed {
		var err error
		if size, err = snappy.DecodedLen(data); err != nil {
			return nil, fmt.Errorf("%w: event: %w", ErrMalformed, err)
		}
	}
	if size > most {
		return nil, fmt.Errorf("%w: an event's payload of %d bytes, the limit is %d", ErrTooLarge, size, most)
	}
	if !compressed {
		return data, nil
	}
	if size/snappyRatio > len(data) {
		return nil, fmt.Errorf("%w: event: %d bytes do not decompress to %d", ErrMalformed, len(data), size)
	}
	out, err := snappy.Decode(nil, data)
	if err != nil {
		return nil, fmt.Errorf("%w: event: %w", ErrMalformed, err)
	}
	return out, nil
}

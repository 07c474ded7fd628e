package wire

import "encoding/binary"

// TakenMsg says that subscribers have taken events: the sender of those may send
// more.
type TakenMsg struct {
	// TypeBytes is the wire name of the events' type. A parsed one aliases the body.
	TypeBytes []byte
	// Bytes is what they came to: each the length of its payload, before it was
	// compressed, and EventCost.
	Bytes uint64
}

// Append appends the frame.
func (m TakenMsg) Append(dst []byte) []byte {
	start := len(dst)
	dst = binary.AppendUvarint(begin(dst, Taken), uint64(len(m.TypeBytes)))
	dst = append(dst, m.TypeBytes...)
	return end(binary.AppendUvarint(dst, m.Bytes), start)
}

// ParseTaken reads a Taken.
func ParseTaken(body []byte) (TakenMsg, error) {
	d := decoder{what: Taken.String(), rest: body}
	m := TakenMsg{TypeBytes: d.text(1, MaxTypeName, "the type's name"), Bytes: d.uvarint("the number of bytes")}
	if err := d.done(); err != nil {
		return TakenMsg{}, err
	}
	return m, nil
}

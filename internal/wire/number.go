package wire

import "encoding/binary"

// NumberMsg is the whole of a SubscriptionsAck, Sync, SyncAck, Ping, Pong or Earlier.
type NumberMsg struct{ Number uint64 }

// Append appends the frame of that kind.
func (m NumberMsg) Append(dst []byte, kind Kind) []byte {
	start := len(dst)
	return end(binary.AppendUvarint(begin(dst, kind), m.Number), start)
}

// ParseNumber reads the body of a frame of any of these kinds.
func ParseNumber(body []byte) (NumberMsg, error) {
	d := decoder{what: "a number", rest: body}
	m := NumberMsg{Number: d.uvarint("the number")}
	if err := d.done(); err != nil {
		return NumberMsg{}, err
	}
	return m, nil
}

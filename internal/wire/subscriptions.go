package wire

import (
	"encoding/binary"
	"maps"
	"slices"
)

// SubscriptionsMsg is the whole set of event types that the sender subscribes
// to.
type SubscriptionsMsg struct {
	// Number grows with every change of the set; the other side acknowledges
	// it.
	Number uint64
	// Types maps wire names (1 to MaxTypeName bytes) to shapes. The sender
	// sees to it that there are at most MaxTypes.
	Types map[string]uint64
}

// leastType is the fewest bytes that one type can take: a length, a name of one
// byte, a shape.
const leastType = 1 + 1 + 8

// Append appends the frame, types sorted by name.
func (m SubscriptionsMsg) Append(dst []byte) []byte {
	start := len(dst)
	dst = binary.AppendUvarint(begin(dst, Subscriptions), m.Number)
	dst = binary.AppendUvarint(dst, uint64(len(m.Types)))
	for _, name := range slices.Sorted(maps.Keys(m.Types)) {
		dst = appendText(dst, name)
		dst = binary.BigEndian.AppendUint64(dst, m.Types[name])
	}
	return end(dst, start)
}

// ParseSubscriptions reads a Subscriptions. Names that are not in ascending
// order, or twice there, are ErrMalformed.
func ParseSubscriptions(body []byte) (SubscriptionsMsg, error) {
	d := decoder{what: Subscriptions.String(), rest: body}
	m := SubscriptionsMsg{Number: d.uvarint("the number")}
	count := d.uvarint("the count")
	if count > MaxTypes {
		d.fail("%d types; the most is %d", count, MaxTypes)
	}
	if count > uint64(len(d.rest)/leastType) {
		d.fail("%d types cannot be in %d bytes", count, len(d.rest))
	}
	if d.err != nil {
		return SubscriptionsMsg{}, d.err
	}
	m.Types = make(map[string]uint64, count)
	var last string
	for range count {
		name := string(d.text(1, MaxTypeName, "a type's name"))
		shape := d.uint64("a type's shape")
		if name <= last {
			d.fail("type %q does not come after %q", name, last)
		}
		if d.err != nil {
			return SubscriptionsMsg{}, d.err
		}
		m.Types[name], last = shape, name
	}
	if err := d.done(); err != nil {
		return SubscriptionsMsg{}, err
	}
	return m, nil
}

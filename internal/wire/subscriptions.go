package wire

import (
	"encoding/binary"
	"slices"
)

// SubscriptionsMsg is the whole set of event types that the sender subscribes
// to.
type SubscriptionsMsg struct {
	// Number grows with every change of the set; the other side acknowledges
	// it.
	Number uint64
	// Types maps wire names (1 to MaxTypeName bytes) to what is wanted of each. The
	// sender sees to it that there are at most MaxTypes, and MaxGroups groups in all.
	Types map[string]Interest
}

// Interest is how the sender subscribes to one type.
type Interest struct {
	// Shape is the hash of the type's shape, 0 if unknown.
	Shape uint64
	// Window is how many bytes of events of the type (with EventCost for each) may be
	// under way to it before some are taken (Taken); 0 says that nobody counts.
	Window uint64
	// Groups are the queue groups of which it is a member, sorted, 1 to MaxName
	// bytes each. Everyone says that it subscribes as no group's member too.
	Groups   []string
	Everyone bool
}

// leastType is the fewest bytes that one type can take: a length, a name of one
// byte, a shape, a window, and a number of groups.
const leastType = 1 + 1 + 8 + 1 + 1

// typicalType is about how many bytes one type takes: a name of 30 bytes, and no groups.
const typicalType = 30 + leastType + 4

// Append appends the frame, types in any order.
func (m SubscriptionsMsg) Append(dst []byte) []byte {
	return AppendSubscriptions(dst, m.Number, m.Types, itself)
}

// AppendSubscriptions is SubscriptionsMsg.Append for who keeps interests in a form of its
// own: sets can be large, and are sent whole, so that one that is made only to be sent
// costs as much as all else.
func AppendSubscriptions[I any](dst []byte, number uint64, types map[string]I, onWire func(I) Interest) []byte {
	start := len(dst)
	dst = slices.Grow(dst, len(types)*typicalType)
	dst = binary.AppendUvarint(begin(dst, Subscriptions), number)
	dst = binary.AppendUvarint(dst, uint64(len(types)))
	for name, i := range types {
		dst = onWire(i).append(appendText(dst, name))
	}
	return end(dst, start)
}

func itself(i Interest) Interest { return i }

// append appends the number of groups twice, and one more where it is everyone.
func (i Interest) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, i.Shape)
	dst = binary.AppendUvarint(dst, i.Window)
	count := uint64(len(i.Groups)) << 1
	if i.Everyone {
		count |= 1
	}
	dst = binary.AppendUvarint(dst, count)
	for _, group := range i.Groups {
		dst = appendText(dst, group)
	}
	return dst
}

// ParseSubscriptions reads a Subscriptions. A name that is there twice is
// ErrMalformed, and so is a type that nobody wants.
func ParseSubscriptions(body []byte) (SubscriptionsMsg, error) {
	number, types, err := ParseSubscriptionsTo(body, itself)
	return SubscriptionsMsg{Number: number, Types: types}, err
}

// ParseSubscriptionsTo is ParseSubscriptions for who keeps interests in a form of its own.
func ParseSubscriptionsTo[I any](body []byte, own func(Interest) I) (number uint64, types map[string]I, err error) {
	d := decoder{what: Subscriptions.String(), rest: body}
	number = d.uvarint("the number")
	count := d.uvarint("the count")
	if count > MaxTypes {
		d.fail("%d types; the most is %d", count, MaxTypes)
	}
	if count > uint64(len(d.rest)/leastType) {
		d.fail("%d types cannot be in %d bytes", count, len(d.rest))
	}
	if d.err != nil {
		return 0, nil, d.err
	}
	types = make(map[string]I, count)
	groups := MaxGroups
	for range count {
		name := string(d.text(1, MaxTypeName, "a type's name"))
		interest := d.interest(&groups)
		if _, twice := types[name]; twice {
			d.fail("type %q is there twice", name)
		}
		if d.err != nil {
			return 0, nil, d.err
		}
		types[name] = own(interest)
	}
	if err := d.done(); err != nil {
		return 0, nil, err
	}
	return number, types, nil
}

// interest takes an Interest of at most most groups, and leaves in most how many
// others there may be.
func (d *decoder) interest(most *int) Interest {
	i := Interest{Shape: d.uint64("a type's shape"), Window: d.uvarint("a type's window")}
	count := d.uvarint("a type's groups")
	i.Everyone = count&1 != 0
	if count >>= 1; count > uint64(*most) {
		d.fail("more than %d groups", MaxGroups)
		return i
	}
	if count > MaxTypeGroups {
		d.fail("%d groups for one type; the most is %d", count, MaxTypeGroups)
		return i
	}
	if count == 0 && !i.Everyone {
		d.fail("a type that neither everyone nor a group subscribes to")
	}
	*most -= int(count)
	i.Groups = d.groups(count)
	return i
}

package wire

import "encoding/binary"

// TapMsg is the first frame of who does not want to be a peer but to look on.
type TapMsg struct {
	// Version is the sender's Version.
	Version uint16
	// Events asks for the events that pass.
	Events bool
	// Interval is the number of milliseconds between inspections; 0 asks for one.
	Interval uint64
	// Types are patterns of the types of events that are wanted, none for all: at most
	// MaxTapTypes of 1 to MaxTypeName bytes. All together have to fit MaxHello.
	Types []string
}

// Append appends the frame.
func (m TapMsg) Append(dst []byte) []byte {
	start := len(dst)
	dst = append(begin(dst, Tap), magic...)
	dst = binary.BigEndian.AppendUint16(dst, m.Version)
	dst = append(dst, boolByte(m.Events))
	dst = binary.AppendUvarint(dst, m.Interval)
	dst = appendTexts(dst, m.Types)
	return end(dst, start)
}

// ParseTap reads a Tap. Of one whose version is not Version it returns only the
// version, as ParseHello.
func ParseTap(body []byte) (TapMsg, error) {
	d := decoder{what: Tap.String(), rest: body}
	if string(d.bytes(len(magic), "the magic")) != magic {
		d.fail("it does not begin with %q: the other side is no tap", magic)
	}
	m := TapMsg{Version: d.uint16("the version")}
	if d.err != nil {
		return TapMsg{}, d.err
	}
	if m.Version != Version {
		return m, nil
	}
	m.Events = d.bool("whether events are wanted")
	m.Interval = d.uvarint("the interval")
	m.Types = d.texts(MaxTapTypes, MaxTypeName, "a pattern")
	if err := d.done(); err != nil {
		return TapMsg{}, err
	}
	return m, nil
}

// Passage says which way an event passes an endpoint.
type Passage byte

// The ways.
const (
	// Sent: it was queued for peers.
	Sent Passage = iota + 1
	// Received: it came from a peer.
	Received
	// Local: the endpoint delivers its own event to itself.
	Local
)

var passageNames = [...]string{Sent: "sent", Received: "received", Local: "local"}

func (p Passage) valid() bool { return p >= Sent && p <= Local }

func (p Passage) String() string {
	if p.valid() {
		return passageNames[p]
	}
	return "unknown"
}

// TappedMsg is an event that passes an endpoint.
type TappedMsg struct {
	Passage Passage
	// Time is in nanoseconds since 1970.
	Time int64
	// Instance is the first half of the event's id.
	Instance uint64
	// Peers are those for whom it was queued, or the one from whom it came.
	Peers []string
	// Trouble says why there is no payload, if so; at most MaxReason bytes, and Append
	// cuts what is longer.
	Trouble string
	// Event is the body of an Event frame, not parsed.
	Event []byte
}

// Append appends the frame.
func (m TappedMsg) Append(dst []byte) []byte {
	start := len(dst)
	dst = append(begin(dst, Tapped), byte(m.Passage))
	dst = binary.BigEndian.AppendUint64(dst, uint64(m.Time))
	dst = binary.BigEndian.AppendUint64(dst, m.Instance)
	dst = appendTexts(dst, m.Peers)
	dst = appendText(dst, m.Trouble[:min(len(m.Trouble), MaxReason)])
	return end(append(dst, m.Event...), start)
}

// ParseTapped reads a Tapped, whose Event aliases the body.
func ParseTapped(body []byte) (TappedMsg, error) {
	d := decoder{what: Tapped.String(), rest: body}
	m := TappedMsg{Passage: Passage(d.byte("the passage"))}
	if !m.Passage.valid() {
		d.fail("passage %d is none", byte(m.Passage))
	}
	m.Time = int64(d.uint64("the time"))
	m.Instance = d.uint64("the instance")
	m.Peers = d.texts(len(body), MaxName, "a peer's name")
	m.Trouble = string(d.text(0, MaxReason, "the trouble"))
	if d.err != nil {
		return TappedMsg{}, d.err
	}
	m.Event = d.rest
	return m, nil
}

// AppendInspected appends a frame with what goes on in an endpoint, as JSON. The
// sender sees to it that it has less than MaxInspected bytes.
func AppendInspected(dst, json []byte) []byte {
	start := len(dst)
	return end(append(begin(dst, Inspected), json...), start)
}

// EventBody is the body of an Event frame, for TappedMsg.
func EventBody(frame []byte) []byte { return frame[5:] }

// appendTexts appends a count and the texts.
func appendTexts(dst []byte, all []string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(all)))
	for _, s := range all {
		dst = appendText(dst, s)
	}
	return dst
}

// texts takes a count and as many texts of 1 to most bytes. They alias nothing.
func (d *decoder) texts(mostTexts, most int, what string) []string {
	count := d.uvarint("the count")
	if count > uint64(mostTexts) {
		d.fail("%d texts, each %s; there are at most %d", count, what, mostTexts)
	}
	var all []string
	for range count {
		s := d.text(1, most, what)
		if d.err != nil {
			return nil
		}
		all = append(all, string(s))
	}
	return all
}

func (d *decoder) bool(what string) bool {
	b := d.byte(what)
	if b > 1 {
		d.fail("%s is %d; it is 0 or 1", what, b)
	}
	return b == 1
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

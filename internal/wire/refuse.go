package wire

import "strconv"

// RefuseCode says why a connection is refused.
type RefuseCode byte

// The reasons. A code that is not among them is kept as it is: a later
// version may have more.
const (
	// RefuseProtocol: another protocol version or codec.
	RefuseProtocol RefuseCode = iota + 1
	// RefuseName: another endpoint of that name is connected.
	RefuseName
	// RefuseConnected: this very instance is connected already.
	RefuseConnected
	// RefuseRedundant: both dialled each other; the other connection is kept.
	RefuseRedundant
	// RefuseSelf: an endpoint dialled itself.
	RefuseSelf
	// RefuseLimit: there are as many connections as there may be.
	RefuseLimit
	// RefuseClosing: the endpoint is closing.
	RefuseClosing
	// RefuseTap: nobody may look on.
	RefuseTap
	// RefusePermission: the transport does not let the other side in.
	RefusePermission
)

var refuseNames = [...]string{
	RefuseProtocol: "protocol", RefuseName: "name", RefuseConnected: "connected",
	RefuseRedundant: "redundant", RefuseSelf: "self", RefuseLimit: "limit", RefuseClosing: "closing",
	RefuseTap: "tap", RefusePermission: "permission",
}

func (c RefuseCode) String() string {
	if int(c) < len(refuseNames) && c != 0 {
		return refuseNames[c]
	}
	return "code " + strconv.Itoa(int(c))
}

// RefuseMsg ends a connection attempt.
type RefuseMsg struct {
	Code RefuseCode
	// Reason is for people, at most MaxReason bytes.
	Reason string
}

// Append appends the frame. It cuts a longer reason to MaxReason bytes.
func (m RefuseMsg) Append(dst []byte) []byte {
	start := len(dst)
	dst = append(begin(dst, Refuse), byte(m.Code))
	dst = appendText(dst, m.Reason[:min(len(m.Reason), MaxReason)])
	return end(dst, start)
}

// ParseRefuse reads a Refuse.
func ParseRefuse(body []byte) (RefuseMsg, error) {
	d := decoder{what: Refuse.String(), rest: body}
	m := RefuseMsg{Code: RefuseCode(d.byte("the code"))}
	if m.Code == 0 {
		d.fail("code 0 is none")
	}
	m.Reason = string(d.text(0, MaxReason, "the reason"))
	if err := d.done(); err != nil {
		return RefuseMsg{}, err
	}
	return m, nil
}

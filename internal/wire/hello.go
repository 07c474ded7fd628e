package wire

import "encoding/binary"

// Version is the protocol's version. Sides of different versions refuse each
// other with RefuseProtocol.
const Version = 1

// magic tells an endpoint from whatever else may have dialled.
const magic = "LAHJA"

// HelloMsg is how either side introduces itself.
type HelloMsg struct {
	// Version is the sender's Version.
	Version uint16
	// Codec names how payloads are encoded.
	Codec string
	// Name is the endpoint's name, 1 to MaxName bytes.
	Name string
	// Instance is the random number of the endpoint's run. It is the first half
	// of the id of every event that comes over this connection.
	Instance uint64
}

// Append appends the frame.
func (m HelloMsg) Append(dst []byte) []byte {
	start := len(dst)
	dst = append(begin(dst, Hello), magic...)
	dst = binary.BigEndian.AppendUint16(dst, m.Version)
	dst = appendText(dst, m.Codec)
	dst = appendText(dst, m.Name)
	dst = binary.BigEndian.AppendUint64(dst, m.Instance)
	return end(dst, start)
}

// ParseHello reads a Hello. Of one whose version is not Version it returns only
// the version, without an error: what follows may have changed, and the version
// is what there is to refuse.
func ParseHello(body []byte) (HelloMsg, error) {
	d := decoder{what: Hello.String(), rest: body}
	if string(d.bytes(len(magic), "the magic")) != magic {
		d.fail("it does not begin with %q: the other side is no endpoint", magic)
	}
	m := HelloMsg{Version: d.uint16("the version")}
	if d.err != nil {
		return HelloMsg{}, d.err
	}
	if m.Version != Version {
		return m, nil
	}
	m.Codec = string(d.text(1, MaxName, "the codec"))
	m.Name = string(d.text(1, MaxName, "the name"))
	m.Instance = d.uint64("the instance")
	if err := d.done(); err != nil {
		return HelloMsg{}, err
	}
	return m, nil
}

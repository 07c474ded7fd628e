package wire

// DescribedMsg says which version of an event type the sender has. A sender sends one,
// once a connection, before the first Subscriptions that names the type, before a request
// to be answered by it, and before the first event of it for a receiver whose version is
// another.
type DescribedMsg struct {
	// Type is the wire name of the event type, 1 to MaxTypeName bytes.
	Type string
	// Layout is the type's encoded layout, whose hash is its shape: 1 to MaxLayout bytes. A
	// parsed one aliases the body.
	Layout []byte
}

// Append appends the frame.
func (m DescribedMsg) Append(dst []byte) []byte {
	start := len(dst)
	dst = appendText(begin(dst, Described), m.Type)
	return end(append(dst, m.Layout...), start)
}

// ParseDescribed reads a Described. It does not look into the layout.
func ParseDescribed(body []byte) (DescribedMsg, error) {
	d := decoder{what: Described.String(), rest: body}
	m := DescribedMsg{Type: string(d.text(1, MaxTypeName, "the type's name"))}
	m.Layout, d.rest = d.rest, nil
	if n := len(m.Layout); n == 0 || n > MaxLayout {
		d.fail("a layout of %d bytes; it has 1 to %d", n, MaxLayout)
	}
	if d.err != nil {
		return DescribedMsg{}, d.err
	}
	return m, nil
}

package wire

// ReadyMsg says that the sender lists the other side as connected.
type ReadyMsg struct{}

// Append appends the frame.
func (ReadyMsg) Append(dst []byte) []byte { return end(begin(dst, Ready), len(dst)) }

// ParseReady sees to it that the body is empty.
func ParseReady(body []byte) (ReadyMsg, error) {
	d := decoder{what: Ready.String(), rest: body}
	return ReadyMsg{}, d.done()
}

// GoodbyeMsg says that the sender closes on purpose.
type GoodbyeMsg struct{}

// Append appends the frame.
func (GoodbyeMsg) Append(dst []byte) []byte { return end(begin(dst, Goodbye), len(dst)) }

// ParseGoodbye sees to it that the body is empty.
func ParseGoodbye(body []byte) (GoodbyeMsg, error) {
	d := decoder{what: Goodbye.String(), rest: body}
	return GoodbyeMsg{}, d.done()
}

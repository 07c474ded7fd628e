package natsbus

import (
	"strconv"
	"strings"
)

// subjects are where the endpoints of one bus meet. A name or a type is one
// escaped token, so that none can mean more than itself.
type subjects struct{ bus string }

// event is where the events of a type go that are for everybody.
func (s subjects) event(name string) string { return s.bus + ".t." + escape(name) }

// listen is where a serving endpoint hears from those that want to connect.
func (s subjects) listen(name string) string { return s.bus + ".l." + escape(name) }

// presence is where an endpoint tells all its peers about itself.
func (s subjects) presence(name string) string { return s.bus + ".p." + escape(name) }

// inbox is for what concerns one endpoint: answers, filtered events, control.
func (s subjects) inbox(instance uint64) string { return s.bus + ".i." + hex(instance) }

// absent is where the server says that nobody listens at what was addressed to
// the target.
func (s subjects) absent(instance uint64, target string) string {
	return s.bus + ".n." + hex(instance) + "." + target
}

// hex is an instance as a token.
func hex(instance uint64) string { return strconv.FormatUint(instance, 16) }

const hexDigits = "0123456789ABCDEF"

// escape makes one token of a text. Letters, digits and a few signs stay as they
// are, so that a subject can be read; every other byte is "=" and two digits.
func escape(text string) string {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '/':
			b.WriteByte(c)
		default:
			b.WriteByte('=')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}

package natsbus

import (
	"strconv"
	"strings"
)

// subjects are the subjects of one bus. A name or a type is escaped to one token, so it
// cannot act as more.
type subjects struct{ bus string }

// event is the subject of a type's events that are for everybody.
func (s subjects) event(name string) string { return s.bus + ".t." + escape(name) }

// listen is the subject where a serving endpoint receives hellos.
func (s subjects) listen(name string) string { return s.bus + ".l." + escape(name) }

// presence is the subject where an endpoint tells all its peers about itself.
func (s subjects) presence(name string) string { return s.bus + ".p." + escape(name) }

// serving is the subject where serving endpoints say so, and who is where they are asked to.
func (s subjects) serving() string { return s.bus + ".s" }
func (s subjects) who() string     { return s.bus + ".w" }

// inbox is the subject of one endpoint: answers, filtered events, control.
func (s subjects) inbox(instance uint64) string { return s.bus + ".i." + hex(instance) }

// absent is the subject where the server reports that nobody listens at what was addressed
// to the target.
func (s subjects) absent(instance uint64, target string) string {
	return s.bus + ".n." + hex(instance) + "." + target
}

// hex formats an instance as a token.
func hex(instance uint64) string { return strconv.FormatUint(instance, 16) }

const hexDigits = "0123456789ABCDEF"

// escape makes one token of a text. Letters, digits and a few other characters stay as they
// are, so that subjects are readable; every other byte becomes "=" and two digits.
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

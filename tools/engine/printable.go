package engine

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxText is the longest text of a failure, a log line or a step, in bytes. A longer one
// is cut in the middle: an error holds what matters at either end.
const MaxText = 16 << 10

// What is kept of a text that is cut. The rest of MaxText is for the notice.
const (
	keptHead = 12 << 10
	keptTail = 4<<10 - 128
)

// Printable returns s with everything escaped that is not for the eye: control
// characters but the newline and the tab, and bytes that are no UTF-8. It leaves
// alone what it has returned before.
func Printable(s string) string {
	clean := strings.IndexFunc(s, unprintable) < 0
	if clean {
		return s
	}
	b := make([]byte, 0, len(s)+len(s)/4)
	for len(s) > 0 {
		size := runeSize(s)
		b = appendPrintable(b, s[:size])
		s = s[size:]
	}
	return string(b)
}

// Readable is Printable, and cuts what is longer than MaxText: it says how much of how
// many bytes it left out.
func Readable(s string) string {
	if len(s) <= MaxText {
		if text := Printable(s); len(text) <= MaxText {
			return text
		}
	}
	head, tail := headOf(s), tailOf(s)
	left := len(s) - tail
	return fmt.Sprintf("%s\n[… %d of %d bytes cut …]\n%s", Printable(s[:head]), left-head, len(s), Printable(s[left:]))
}

// headOf is how many bytes of s take keptHead bytes when they are printed.
func headOf(s string) int {
	var printed []byte
	at := 0
	for at < len(s) {
		size := runeSize(s[at:])
		if printed = appendPrintable(printed, s[at:at+size]); len(printed) > keptHead {
			break
		}
		at += size
	}
	return at
}

// tailOf is headOf from the end.
func tailOf(s string) int {
	printed, one := 0, []byte(nil)
	at := len(s)
	for at > 0 {
		_, size := utf8.DecodeLastRuneInString(s[:at])
		one = appendPrintable(one[:0], s[at-size:at])
		if printed += len(one); printed > keptTail {
			break
		}
		at -= size
	}
	return len(s) - at
}

// unprintable reports whether r is to be escaped. Decoding yields RuneError also where
// it stands in s itself.
func unprintable(r rune) bool {
	return r == utf8.RuneError || r != '\n' && r != '\t' && !unicode.IsGraphic(r)
}

func runeSize(s string) int {
	_, size := utf8.DecodeRuneInString(s)
	return size
}

// appendPrintable appends one rune, or one byte that is none.
func appendPrintable(b []byte, one string) []byte {
	r, size := utf8.DecodeRuneInString(one)
	switch {
	case r == utf8.RuneError && size == 1:
		return fmt.Appendf(b, `\x%02x`, one[0])
	case r != utf8.RuneError && unprintable(r):
		quoted := strconv.QuoteRune(r)
		return append(b, quoted[1:len(quoted)-1]...)
	}
	return append(b, one...)
}

// Readable is a copy of the failure, whose texts are.
func (f *Failure) Readable() *Failure {
	clean := *f
	for _, text := range []*string{&clean.Driver, &clean.Endpoint, &clean.Text, &clean.Inner, &clean.Source,
		&clean.Message, &clean.WaitedFor, &clean.Detail} {
		*text = Readable(*text)
	}
	return &clean
}

// Readable is the record with texts for people that are.
func (r Record) Readable() Record {
	switch {
	case r.Kind == RecordLog, r.Kind == RecordOutput:
		r.Name = Readable(r.Name)
	case r.Failure != nil:
		r.Failure = r.Failure.Readable()
	case r.Sight != nil && r.Sight.Text != "":
		sight := *r.Sight
		sight.Text = Readable(sight.Text)
		r.Sight = &sight
	}
	return r
}

// Package brief makes texts for errors and logs whose length has a bound, whatever they are
// about: peers choose names, reasons and how many there are.
package brief

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// MaxText is the most bytes of a text: what fits a few lines of a log.
	MaxText = 1 << 10
	// MaxName is the most bytes of a name in a list: those of endpoints are no longer, those
	// of types may be.
	MaxName = 128
	// MaxListed is how many names of a list are given: enough to see what is wrong.
	MaxListed = 8
	// MaxSorted is how many names are sorted to list the first. Of more, only the number
	// is given, so that a list costs little.
	MaxSorted = 256
)

// Plural is a number of things: "1 step", "2 steps".
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Name is a name, shortened in the middle where it is long. What cannot be printed is quoted.
func Name(name string) string { return shorten(printable(name), MaxName) }

// Text is a text, cut where it is long: then it says how long it was. What cannot be printed
// is quoted.
func Text(text string) string {
	if len(text) <= MaxText {
		return printable(text)
	}
	end := fmt.Sprintf("… (%d bytes)", len(text))
	return printable(whole(text[:MaxText-len(end)])) + end
}

// List is a list of names, the first of them in full.
func List(names []string) string {
	return Each(len(names), ", ", func(i int) string { return Name(names[i]) })
}

// Each is a list of n items, of which it makes only those that it lists. The separator
// stands between them.
func Each(n int, separator string, item func(i int) string) string {
	const end = 32 // room for how many more there are
	var b strings.Builder
	for i := range n {
		if i == MaxListed {
			fmt.Fprintf(&b, "%sand %d more", separator, n-i)
			break
		}
		text := item(i)
		if i > 0 && b.Len()+len(separator)+len(text) > MaxText-end {
			fmt.Fprintf(&b, "%sand %d more", separator, n-i)
			break
		}
		if i > 0 {
			b.WriteString(separator)
		}
		b.WriteString(text)
	}
	return b.String()
}

// Keys lists the keys of a map, sorted; of many it gives the number: "10000 types".
func Keys[V any](set map[string]V, what string) string {
	if len(set) > MaxSorted {
		return fmt.Sprintf("%d %s", len(set), what)
	}
	return List(slices.Sorted(maps.Keys(set)))
}

func shorten(s string, most int) string {
	const gap = "…"
	if len(s) <= most {
		return s
	}
	tail := (most - len(gap)) / 2
	head := most - len(gap) - tail
	from := len(s) - tail
	for from < len(s) && !utf8.RuneStart(s[from]) {
		from++
	}
	return whole(s[:head]) + gap + s[from:]
}

// whole is a text without the half of a character at its end.
func whole(s string) string {
	for n := 1; n < utf8.UTFMax && n <= len(s); n++ {
		if c := s[len(s)-n]; utf8.RuneStart(c) {
			if !utf8.FullRuneInString(s[len(s)-n:]) {
				return s[:len(s)-n]
			}
			break
		}
	}
	return s
}

// printable is s, quoted if some of it could do something to a terminal. Lines may end.
func printable(s string) string {
	for _, r := range s {
		if r == utf8.RuneError || !strconv.IsPrint(r) && r != '\n' && r != '\t' {
			return strconv.Quote(s)
		}
	}
	return s
}

// Unprintable returns the index of the first byte that is not printable ASCII, or -1.
func Unprintable(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return i
		}
	}
	return -1
}

// Duration keeps three digits or so.
func Duration(d time.Duration) time.Duration {
	switch {
	case d > 10*time.Second:
		return d.Round(100 * time.Millisecond)
	case d > 100*time.Millisecond:
		return d.Round(time.Millisecond)
	case d > time.Millisecond:
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(time.Microsecond)
}

// Wrap breaks a text between words into lines of at most that many bytes, unless a word is
// longer.
func Wrap(text string, width int) string {
	var b strings.Builder
	length := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case length+1+len(word) > width:
			b.WriteByte('\n')
			length = 0
		default:
			b.WriteByte(' ')
			length++
		}
		b.WriteString(word)
		length += len(word)
	}
	return b.String()
}

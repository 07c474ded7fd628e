package recording

import (
	"encoding/binary"
	"iter"
	"strings"
	"unicode/utf8"
)

// longestString bounds one string of a ring, in bytes. Longer ones are cut.
const longestString = 4 << 10

// cut ends a string that was cut.
const cut = "…"

// WasCut reports whether a text of an entry is only the beginning of one.
func WasCut(text string) bool { return strings.HasSuffix(text, cut) }

// interned are the strings of a ring, each stored once: its length in 16 bits, then its bytes.
// A record refers to them by number. 0 is the empty string.
type interned struct {
	mem     []byte
	used    int
	numbers map[string]uint16
	all     []string
	sets    int // bytes of those that are sets
}

// mostSets is the room for sets, in bytes. They could take all of it in a run whose endpoints
// come one after the other.
const mostSets = stringsSize / 8

// full is the string that stands for those that had no room.
const full = "(more texts than a recording keeps)"

func (s *interned) init(mem []byte) {
	s.mem, s.used, s.sets, s.numbers, s.all = mem, 0, 0, map[string]uint16{"": 0}, []string{""}
	s.add(full)
}

// number stores a string if it is new.
func (s *interned) number(text string) uint16 {
	if n, ok := s.numbers[text]; ok {
		return n
	}
	return s.add(text)
}

// set stores a set of strings: a string of their numbers, each as a rune above those of 16 bits. It
// is not ok if there is no room.
func (s *interned) set(texts []string) (number uint16, ok bool) {
	runes := make([]rune, len(texts))
	for i, text := range texts {
		runes[i] = firstOfSet + rune(s.number(text))
	}
	set := string(runes)
	if n, ok := s.numbers[set]; ok {
		return n, true
	}
	if len(set) > longestString || s.sets+len(set) > mostSets {
		return 0, false
	}
	s.sets += len(set)
	number = s.add(set)
	return number, s.all[number] == set
}

// firstOfSet stands for the first string in a set.
const firstOfSet = 1 << 16

// members are the numbers of the strings in a set.
func members(set string) iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, r := range set {
			if !yield(int(r) - firstOfSet) {
				return
			}
		}
	}
}

func (s *interned) add(text string) uint16 {
	stored := text
	if !utf8.ValidString(stored) {
		stored = strings.ToValidUTF8(stored, "\uFFFD")
	}
	if len(stored) > longestString {
		stored = strings.ToValidUTF8(stored[:longestString-len(cut)], "") + cut
	}
	if s.used+2+len(stored)+2 > len(s.mem) || len(s.all) > 1<<16-1 {
		return 1
	}
	binary.LittleEndian.PutUint16(s.mem[s.used+2+len(stored):], 0)
	copy(s.mem[s.used+2:], stored)
	// The length comes last: a string without one is not there.
	binary.LittleEndian.PutUint16(s.mem[s.used:], uint16(len(stored)))
	s.used += 2 + len(stored)
	n := uint16(len(s.all))
	s.all = append(s.all, stored)
	s.numbers[strings.Clone(text)] = n
	return n
}

// readStrings returns the strings of a ring's memory by number.
func readStrings(mem []byte) []string {
	all := []string{""}
	for len(mem) > 2 {
		n := int(binary.LittleEndian.Uint16(mem))
		if n == 0 || 2+n > len(mem) {
			break
		}
		text := string(mem[2 : 2+n])
		if !utf8.ValidString(text) {
			text = strings.ToValidUTF8(text, "\uFFFD")
		}
		all = append(all, text)
		mem = mem[2+n:]
	}
	return all
}

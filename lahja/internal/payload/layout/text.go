package layout

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxPath  = 120 // bytes of a path
	maxShown = 60  // bytes of a name or a type
	maxDepth = 4   // of a type's text
)

// path returns the path to a place. It cuts a long one to about maxPath bytes, at the front: the end says more.
func (p *place) path() string {
	var steps []string
	size := 0
	for ; p != nil; p = p.parent {
		step := p.step
		if name, ok := strings.CutPrefix(step, "."); ok {
			step = "." + shown(name)
		}
		if size += len(step); size > maxPath && len(steps) > 0 {
			steps = append(steps, "...")
			break
		}
		steps = append(steps, step)
	}
	slices.Reverse(steps)
	return strings.TrimPrefix(strings.Join(steps, ""), ".")
}

// text returns a type as Go writes it, as far as it is known.
func (l Layout) text(node, depth int) string {
	n := &l[node]
	if depth == maxDepth {
		return "..."
	}
	switch inner := func(node int) string { return l.text(node, depth+1) }; n.Kind {
	case Own:
		return shown(n.Name)
	case Pointer:
		return "*" + inner(n.Elem)
	case Slice:
		return "[]" + inner(n.Elem)
	case Array:
		return fmt.Sprintf("[%d]%s", n.Len, inner(n.Elem))
	case Map:
		return "map[" + inner(n.Key) + "]" + inner(n.Elem)
	case Struct:
		return "a struct"
	case Tuple:
		return "a struct as an array"
	}
	return n.Kind.String()
}

// shown returns a peer's name for something in printable form, and cut if it is long. It cuts first
// and quotes then, as a name may be as long as the whole description.
func shown(name string) string {
	if most := maxShown + utf8.UTFMax; len(name) > most {
		for most > maxShown && !utf8.RuneStart(name[most]) {
			most--
		}
		name = name[:most]
	}
	if !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !strconv.IsPrint(r) }) {
		name = strconv.QuoteToASCII(name)
	}
	return clipped(name)
}

func clipped(text string) string {
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "") + "..."
	}
	return text
}

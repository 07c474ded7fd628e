package layout

import (
	"cmp"
	"fmt"
	"strings"
)

const (
	// MaxListed is how many differences of each sort are listed. The others are only counted.
	MaxListed = 8
	// maxInConflict is how many differences the text of a conflict has.
	maxInConflict = 3
	// maxPairs bounds the work of a comparison, as one side comes from a peer. Real types have
	// hundreds of nodes.
	maxPairs = 1 << 16
)

// Differences are the differences between two versions of a type, here and there.
type Differences struct {
	// Changed are the places that both have with different types, at most MaxListed of them;
	// MoreChanged counts the others. If there are none, the two versions understand each other.
	Changed     []Change
	MoreChanged int
	// Here and There are the fields that only one version has, at most MaxListed of each;
	// MoreHere and MoreThere count the others.
	Here, There         []string
	MoreHere, MoreThere int
}

// Change is a place at which the two versions have different types.
type Change struct {
	// Path leads to the field: "Items[].Name". It is "" for the event as a whole.
	Path string
	// Here and There are the two types, for people.
	Here, There string
}

func (c Change) String() string {
	what := "field " + c.Path
	if c.Path == "" {
		what = "the event"
	}
	return fmt.Sprintf("%s is %s here and %s there", what, c.Here, c.There)
}

// Conflict returns what keeps the two versions from understanding each other, in at most a few
// hundred bytes. It returns "" if they do.
func (d Differences) Conflict() string {
	var parts []string
	for i, c := range d.Changed {
		if i == maxInConflict {
			break
		}
		parts = append(parts, c.String())
	}
	if more := len(d.Changed) - len(parts) + d.MoreChanged; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, "; ")
}

// Lines returns all differences, one a line.
func (d Differences) Lines() []string {
	var all []string
	for _, c := range d.Changed {
		all = append(all, c.String())
	}
	for _, path := range d.Here {
		all = append(all, "field "+path+" is only here")
	}
	for _, path := range d.There {
		all = append(all, "field "+path+" is only there")
	}
	if more := d.MoreChanged + d.MoreHere + d.MoreThere; more > 0 {
		all = append(all, fmt.Sprintf("and %d more", more))
	}
	return all
}

// Compare compares two versions of a type. Fields that only one of them has are no conflict: a
// receiver ignores unknown fields, and leaves missing ones zero. All other differences are
// conflicts: kinds, lengths of arrays, names of types that encode themselves, and anything in
// tuples and in keys of maps. Compare(b, a) finds the same as Compare(a, b), with the sides
// exchanged.
func Compare(here, there Layout) Differences {
	c := comparison{here: here, there: there, seen: map[pair]bool{}}
	c.visit(0, 0, nil, "", false)
	for len(c.queue) > 0 {
		next := c.queue[0]
		c.queue = c.queue[1:]
		c.within(next)
	}
	if len(c.seen) == maxPairs {
		c.changed(&place{}, "a type", "one too large to be compared")
	}
	return c.found
}

// comparison walks both layouts at once, breadth first, so that it reports a difference with its
// shortest path.
type comparison struct {
	here, there Layout
	seen        map[pair]bool
	queue       []*place
	found       Differences
}

// pair is two nodes that are compared. Recursive types reach some pairs repeatedly.
type pair struct {
	here, there int
	exact       bool // in a map's key
}

// place is where a pair was found. Its path is built only for a report: a path for each place would
// take quadratic space.
type place struct {
	pair
	parent *place
	step   string
}

// visit compares two nodes, and queues their parts.
func (c *comparison) visit(here, there int, parent *place, step string, exact bool) {
	a, b := &c.here[here], &c.there[there]
	p := pair{here, there, exact}
	switch {
	case a.Kind != b.Kind || a.Name != b.Name || a.Len != b.Len:
		c.changed(&place{p, parent, step}, c.here.text(here, 0), c.there.text(there, 0))
	case a.Kind <= Own, c.seen[p], len(c.seen) == maxPairs:
	default:
		c.seen[p] = true
		c.queue = append(c.queue, &place{p, parent, step})
	}
}

// within visits the parts of two nodes of one kind.
func (c *comparison) within(p *place) {
	a, b := &c.here[p.here], &c.there[p.there]
	switch a.Kind {
	case Pointer:
		c.visit(a.Elem, b.Elem, p, "", p.exact)
	case Slice, Array:
		c.visit(a.Elem, b.Elem, p, "[]", p.exact)
	case Map:
		c.visit(a.Key, b.Key, p, "[key]", true)
		c.visit(a.Elem, b.Elem, p, "[]", p.exact)
	case Struct:
		c.structs(p, a.Fields, b.Fields)
	case Tuple:
		c.tuples(p, a.Fields, b.Fields)
	}
}

// structs merges two sorted lists of fields.
func (c *comparison) structs(p *place, a, b []Field) {
	for len(a) > 0 || len(b) > 0 {
		order := 0
		switch {
		case len(a) == 0:
			order = 1
		case len(b) == 0:
			order = -1
		default:
			order = cmp.Compare(a[0].Name, b[0].Name)
		}
		switch {
		case order == 0:
			c.visit(a[0].Node, b[0].Node, p, "."+a[0].Name, p.exact)
			a, b = a[1:], b[1:]
		case order < 0:
			c.lonely(p, &a[0], nil)
			a = a[1:]
		default:
			c.lonely(p, nil, &b[0])
			b = b[1:]
		}
	}
}

// lonely notes a field that only one side has. In a key that is a conflict: keys that differ only in
// this field would be one key on the other side.
func (c *comparison) lonely(p *place, here, there *Field) {
	switch at := c.field(p, cmp.Or(here, there)); {
	case p.exact && here != nil:
		c.changed(at, c.here.text(here.Node, 0), missing)
	case p.exact:
		c.changed(at, missing, c.there.text(there.Node, 0))
	case here != nil:
		list(&c.found.Here, &c.found.MoreHere, at.path)
	default:
		list(&c.found.There, &c.found.MoreThere, at.path)
	}
}

const missing = "missing"

func (c *comparison) field(p *place, f *Field) *place { return &place{parent: p, step: "." + f.Name} }

// tuples compares position by position. Names are not sent, but positions with different names
// have different meanings.
func (c *comparison) tuples(p *place, a, b []Field) {
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			c.changed(c.field(p, &b[i]), missing, c.there.text(b[i].Node, 0))
		case i >= len(b):
			c.changed(c.field(p, &a[i]), c.here.text(a[i].Node, 0), missing)
		case a[i].Name != b[i].Name:
			c.changed(&place{parent: p, step: fmt.Sprintf("[%d]", i)}, shown(a[i].Name), shown(b[i].Name))
		default:
			c.visit(a[i].Node, b[i].Node, p, "."+a[i].Name, p.exact)
		}
	}
}

func (c *comparison) changed(p *place, here, there string) {
	if len(c.found.Changed) == MaxListed {
		c.found.MoreChanged++
		return
	}
	c.found.Changed = append(c.found.Changed, Change{Path: p.path(), Here: clipped(here), There: clipped(there)})
}

func list(to *[]string, more *int, path func() string) {
	if len(*to) == MaxListed {
		*more++
		return
	}
	*to = append(*to, path())
}

package layout

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// layouts are built bottom up, as trees: t is a node and what it refers to.
type tree struct {
	node   Node
	within []tree
}

func basic(k Kind) tree { return tree{node: Node{Kind: k}} }

func own(name string) tree { return tree{node: Node{Kind: Own, Name: name}} }

func of(k Kind, within ...tree) tree { return tree{Node{Kind: k}, within} }

func array(n int, elem tree) tree { return tree{Node{Kind: Array, Len: n}, []tree{elem}} }

// fields is a struct or a tuple; its arguments are names and trees in turn.
func fields(k Kind, all ...any) tree {
	t := tree{node: Node{Kind: k}}
	for i := 0; i < len(all); i += 2 {
		t.node.Fields = append(t.node.Fields, Field{Name: all[i].(string)})
		t.within = append(t.within, all[i+1].(tree))
	}
	return t
}

func structOf(all ...any) tree { return fields(Struct, all...) }

func (t tree) layout() Layout {
	l := Layout{}
	t.add(&l)
	return l.Minimal()
}

func (t tree) add(l *Layout) int {
	at := len(*l)
	*l = append(*l, Node{})
	children := make([]int, len(t.within))
	for i, w := range t.within {
		children[i] = w.add(l)
	}
	(*l)[at] = t.node.withChildren(children)
	return at
}

// list is a recursive type with a field of another name or type.
func linked(name string, k Kind) Layout {
	return Layout{{Kind: Struct, Fields: []Field{{"Next", 1}, {name, 2}}}, {Kind: Pointer, Elem: 0}, {Kind: k}}
}

func TestFieldsThatOnlyOneVersionHasAreNoConflict(t *testing.T) {
	for _, c := range []struct {
		name        string
		here, there Layout
		onlyHere    []string
		onlyThere   []string
	}{
		{"equal", structOf("A", basic(Int)).layout(), structOf("A", basic(Int)).layout(), nil, nil},
		{"added there", structOf("A", basic(Int)).layout(), structOf("A", basic(Int), "B", basic(String)).layout(), nil, []string{"B"}},
		{"renamed", structOf("A", basic(Int)).layout(), structOf("B", basic(Int)).layout(), []string{"A"}, []string{"B"}},
		{"nothing is left", structOf("A", basic(Int)).layout(), structOf().layout(), []string{"A"}, nil},
		{"in a slice", structOf("Items", of(Slice, structOf("A", basic(Int)))).layout(),
			structOf("Items", of(Slice, structOf("A", basic(Int), "B", basic(Int)))).layout(), nil, []string{"Items[].B"}},
		{"behind a pointer in a map", structOf("M", of(Map, basic(String), of(Pointer, structOf("A", basic(Int))))).layout(),
			structOf("M", of(Map, basic(String), of(Pointer, structOf()))).layout(), []string{"M[].A"}, nil},
		{"in a recursive type", linked("A", Int), linked("B", Int), []string{"A"}, []string{"B"}},
	} {
		d := Compare(c.here, c.there)
		if d.Conflict() != "" || !slices.Equal(d.Here, c.onlyHere) || !slices.Equal(d.There, c.onlyThere) {
			t.Errorf("%s: got %+v; want %v only here, %v only there", c.name, d, c.onlyHere, c.onlyThere)
		}
	}
}

func TestWhatChangedIsAConflictAndNamed(t *testing.T) {
	key := func(all ...any) Layout { return structOf("M", of(Map, structOf(all...), basic(Int))).layout() }
	field := func(name string, of tree) Layout { return structOf(name, of).layout() }
	for _, c := range []struct {
		name        string
		here, there Layout
		want        Change
	}{
		{"a number is a text", field("A", basic(Int)), field("A", basic(String)), Change{"A", "int", "string"}},
		{"another width", field("A", basic(Int32)), field("A", basic(Int64)), Change{"A", "int32", "int64"}},
		{"one is many", field("A", basic(Int)), field("A", of(Slice, basic(Int))), Change{"A", "int", "[]int"}},
		{"a pointer", field("A", basic(Int)), field("A", of(Pointer, basic(Int))), Change{"A", "int", "*int"}},
		{"a length", field("A", array(3, basic(Int))), field("A", array(4, basic(Int))), Change{"A", "[3]int", "[4]int"}},
		{"bytes are a text", field("A", of(Slice, basic(Uint8))), field("A", basic(String)), Change{"A", "[]uint8", "string"}},
		{"anything", field("A", basic(Any)), field("A", structOf()), Change{"A", "any", "a struct"}},
		{"an encoding of its own", field("A", own("time.Time")), field("A", basic(Int64)), Change{"A", "time.Time", "int64"}},
		{"another one", field("A", own("time.Time")), field("A", own("netip.Addr")), Change{"A", "time.Time", "netip.Addr"}},
		{"deep inside", field("A", of(Slice, structOf("B", basic(Int)))), field("A", of(Slice, structOf("B", basic(Bool)))), Change{"A[].B", "int", "bool"}},
		{"a map's value", field("A", of(Map, basic(String), basic(Int))), field("A", of(Map, basic(String), basic(Bool))), Change{"A[]", "int", "bool"}},
		{"a map's key", field("A", of(Map, basic(String), basic(Int))), field("A", of(Map, basic(Int), basic(Int))), Change{"A[key]", "string", "int"}},
		{"a field added to a key", key("A", basic(Int)), key("A", basic(Int), "B", basic(Int)), Change{"M[key].B", "missing", "int"}},
		{"a field removed from a key", key("A", basic(Int), "B", basic(Int)), key("A", basic(Int)), Change{"M[key].B", "int", "missing"}},
		{"a recursive type", linked("A", Int), linked("A", String), Change{"A", "int", "string"}},
		{"the whole event", own("a.B").layout(), structOf("A", basic(Int)).layout(), Change{"", "a.B", "a struct"}},
		{"a tuple that grew", fields(Tuple, "A", basic(Int)).layout(), fields(Tuple, "A", basic(Int), "B", basic(Int)).layout(), Change{"B", "missing", "int"}},
		{"a tuple in another order", fields(Tuple, "A", basic(Int)).layout(), fields(Tuple, "B", basic(Int)).layout(), Change{"[0]", "A", "B"}},
		{"a tuple instead of a struct", fields(Tuple, "A", basic(Int)).layout(), structOf("A", basic(Int)).layout(), Change{"", "a struct as an array", "a struct"}},
	} {
		d := Compare(c.here, c.there)
		if !slices.Equal(d.Changed, []Change{c.want}) {
			t.Errorf("%s: got %+v; want %+v", c.name, d.Changed, c.want)
		}
		back := Compare(c.there, c.here)
		if want := (Change{c.want.Path, c.want.There, c.want.Here}); !slices.Equal(back.Changed, []Change{want}) {
			t.Errorf("%s, from there: got %+v; want %+v", c.name, back.Changed, want)
		}
	}
}

func TestOneStructureHasOneEncoding(t *testing.T) {
	point := structOf("X", basic(Int), "Y", basic(Int))
	unrolled := Layout{{Kind: Struct, Fields: []Field{{"Next", 1}, {"V", 4}}}, {Kind: Pointer, Elem: 2},
		{Kind: Struct, Fields: []Field{{"Next", 3}, {"V", 5}}}, {Kind: Pointer, Elem: 0}, {Kind: Int}, {Kind: Int}}
	shared := Layout{{Kind: Struct, Fields: []Field{{"A", 1}, {"B", 1}}}, {Kind: Struct, Fields: []Field{{"X", 2}, {"Y", 2}}}, {Kind: Int}}
	for name, c := range map[string][2]Layout{
		"two structs of the same fields": {structOf("A", point, "B", point).layout(), shared.Minimal()},
		"a recursion unrolled once":      {linked("V", Int).Minimal(), unrolled.Minimal()},
	} {
		if !reflect.DeepEqual(c[0], c[1]) || !bytes.Equal(c[0].Encode(), c[1].Encode()) {
			t.Errorf("%s: got %+v and %+v", name, c[0], c[1])
		}
	}
}

func TestEncodingsRoundTrip(t *testing.T) {
	l := structOf("A", of(Map, basic(String), array(3, own("time.Time"))), "B", of(Pointer, of(Slice, basic(Any))),
		"C", fields(Tuple, "b", basic(Bool), "a", basic(Float64)), "D", structOf()).layout()
	got, err := Parse(l.Encode())
	if err != nil || !reflect.DeepEqual(got, l) {
		t.Errorf("got %+v, %v; want %+v", got, err, l)
	}
}

func TestMalformedLayoutsAreRefused(t *testing.T) {
	for name, data := range map[string][]byte{
		"nothing":                       {},
		"no nodes":                      {0},
		"a node missing":                {2, byte(Int)},
		"unknown kind":                  {1, byte(Tuple) + 1},
		"no kind":                       {1, 0},
		"a reference outside":           {1, byte(Slice), 1},
		"more after it":                 {1, byte(Int), 0},
		"a long number":                 {0x81, 0, byte(Int)},
		"fields out of order":           {2, byte(Struct), 2, 1, 'b', 1, 'a', 1, 1, byte(Int)},
		"a field twice":                 {2, byte(Struct), 2, 1, 'a', 1, 'a', 1, 1, byte(Int)},
		"more fields than bytes":        {1, byte(Struct), 200, 1},
		"a text that ends":              {1, byte(Own), 9, 'a'},
		"an array longer than any is":   {1, byte(Array), 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0},
		"a struct without its children": {1, byte(Struct), 1, 1, 'a'},
	} {
		if l, err := Parse(data); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %+v, %v; want ErrMalformed", name, l, err)
		}
	}
}

func TestTextsAreBoundedAndPrintable(t *testing.T) {
	var all, other []any
	for i := range 100 {
		name := strings.Repeat(string(rune('a'+i/26)), 300) + "\n" + string(rune('a'+i%26))
		all, other = append(all, name, own(strings.Repeat("x", 5000))), append(other, name, basic(Int))
	}
	d := Compare(structOf(all...).layout(), structOf(other...).layout())
	if text := d.Conflict(); len(text) > 1000 || strings.Contains(text, "\n") || !strings.Contains(text, fmt.Sprintf("and %d more", len(all)/2-maxInConflict)) {
		t.Errorf("got %d bytes: %q", len(text), text)
	}
	d = Compare(structOf(all...).layout(), structOf().layout())
	if lines := d.Lines(); len(lines) != MaxListed+1 || len(strings.Join(lines, "\n")) > 2000 {
		t.Errorf("got %d lines: %q", len(lines), lines)
	}
}

// A peer describes a chain of thousands of types where there is a recursive one here.
func TestComparisonOfALongChainIsQuick(t *testing.T) {
	const length = 1 << 15
	var chain Layout
	for i := range length {
		chain = append(chain, Node{Kind: Struct, Fields: []Field{{"Next", min(i+1, length)}}})
	}
	chain = append(chain, Node{Kind: String})
	here := Layout{{Kind: Struct, Fields: []Field{{"Next", 0}}}}
	d := Compare(here, chain)
	if len(d.Changed) != 1 || !strings.HasSuffix(d.Changed[0].Path, ".Next") || len(d.Changed[0].Path) > 2*maxPath {
		t.Errorf("got %+v", d)
	}
}

// A peer may give a type a name as long as its whole description, and have it differ in
// many places.
func TestComparisonWithALongNameIsCheap(t *testing.T) {
	const nodes = 1000
	here := Layout{{Kind: Struct, Fields: []Field{{"L", 0}, {"R", 0}, {"V", 1}}}, {Kind: Int}}
	var there Layout
	for i := range nodes {
		there = append(there, Node{Kind: Struct, Fields: []Field{{"L", (i + 1) % nodes}, {"R", (7*i + 3) % nodes}, {"V", nodes}}})
	}
	there = append(there, Node{Kind: Own, Name: strings.Repeat("\xff", 40_000)})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	d := Compare(here, there)
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 16<<20 {
		t.Errorf("it took %d MiB; want a few", took>>20)
	}
	if len(d.Changed)+d.MoreChanged != nodes || len(d.Conflict()) > 600 {
		t.Errorf("got %d and %d more: %s", len(d.Changed), d.MoreChanged, d.Conflict())
	}
	for name, want := range map[string]string{
		strings.Repeat("ä", 100):    strings.Repeat("ä", maxShown/2) + "...",
		strings.Repeat("\x00", 100): `"` + strings.Repeat(`\x00`, 14) + `\x0...`,
		"short":                     "short",
	} {
		if got := shown(name); got != want {
			t.Errorf("%d bytes are shown as %s; want %s", len(name), got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(structOf("A", of(Map, basic(String), array(3, own("time.Time")))).layout().Encode(), linked("V", Int).Encode())
	f.Add(linked("V", String).Encode(), fields(Tuple, "V", basic(Int)).layout().Encode())
	f.Fuzz(func(t *testing.T, one, other []byte) {
		a, err := Parse(one)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("got %v; want ErrMalformed", err)
			}
			return
		}
		if again := a.Encode(); !bytes.Equal(again, one) {
			t.Errorf("% x is % x again", one, again)
		}
		if d := Compare(a, a); len(d.Lines()) > 0 {
			t.Errorf("it differs from itself: %+v", d)
		}
		small := a.Minimal()
		if again := small.Minimal(); !reflect.DeepEqual(small, again) {
			t.Errorf("the smallest layout has a smaller one: %+v, %+v", small, again)
		}
		if d := Compare(a, small); len(d.Lines()) > 0 {
			t.Errorf("the smallest layout differs: %+v", d)
		}
		b, err := Parse(other)
		if err != nil {
			return
		}
		there, back := Compare(a, b), Compare(b, a)
		if len(there.Changed) != len(back.Changed) || !slices.Equal(there.Here, back.There) || !slices.Equal(there.There, back.Here) {
			t.Errorf("got %+v, and from there %+v", there, back)
		}
	})
}

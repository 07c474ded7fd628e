package payload

import (
	"bytes"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

// Expects is an embedded struct without fields, such as lahja.Expects.
type Expects[Res any] struct{}

type codecPoint struct{ X, Y int }

type codecEverything struct {
	Expects[codecPoint]
	Bool   bool
	Int    int64
	Uint   uint64
	Float  float64
	Single float32
	Text   string
	Bytes  []byte
	Array  [16]byte
	Slice  []codecPoint
	Map    map[codecPoint]string
	Any    any
	To     *codecPoint
	At     time.Time
	For    time.Duration
	Big    *big.Int
	Addr   netip.Addr
	Nil    []int
	Empty  []int
}

type codecTree struct {
	V    int
	Next *codecTree
	Any  any
}

type codecOuter struct {
	N int
	codecInner
}

type codecInner struct{ Within any }

type codecBeside struct {
	*CodecMissing
	Zone any // comes after what is missing
}

type CodecMissing struct{ Within any }

type codecPanics struct{ B codecBomb }

type codecBomb struct{}

func (codecBomb) MarshalText() ([]byte, error)  { panic("bang") }
func (*codecBomb) UnmarshalText(b []byte) error { panic("bang") }

type codecList struct{ List []int8 }

// encode encodes an event, or a pointer to one.
func encode(v any) ([]byte, error) {
	goType, _ := Pointee(reflect.TypeOf(v))
	known, err := Of(goType)
	if err != nil {
		return nil, err
	}
	return known.Append(nil, v)
}

func decode[T any](data []byte) (*T, error) {
	known, err := Of(reflect.TypeFor[T]())
	if err != nil {
		return nil, err
	}
	v, err := known.Decode(data)
	if err != nil {
		return nil, err
	}
	return v.(*T), nil
}

func roundTrip[T any](t testing.TB, v T) T {
	t.Helper()
	data, err := encode(v)
	if err != nil {
		t.Fatalf("encoding: %v", err)
	}
	got, err := decode[T](data)
	if err != nil {
		t.Fatalf("decoding: %v", err)
	}
	return *got
}

func TestPayloadsRoundTrip(t *testing.T) {
	want := codecEverything{
		Bool: true, Int: math.MinInt64, Uint: math.MaxUint64, Float: math.Inf(-1), Single: 0.1,
		Text: "not \xff UTF-8", Bytes: []byte{0, 1}, Array: [16]byte{15: 9}, Slice: []codecPoint{{1, 2}, {3, 4}},
		Map: map[codecPoint]string{{1, 2}: "a"}, To: &codecPoint{5, 6}, For: time.Hour,
		Any: map[any]any{"list": []any{int64(1), "two", 3.5, nil, true}, int64(7): []byte("x")},
		At:  time.Date(2024, 2, 29, 23, 59, 59, 123456789, time.UTC),
		Big: new(big.Int).Lsh(big.NewInt(1), 100), Addr: netip.MustParseAddr("fe80::1%eth0"), Empty: []int{},
	}
	got := roundTrip(t, want)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestTimesKeepNanosecondsAndOffset(t *testing.T) {
	type eventAt struct{ At time.Time }
	for _, at := range []time.Time{
		{}, time.Unix(0, 1).UTC(), time.Now(),
		time.Date(2024, 1, 2, 3, 4, 5, 999999999, time.FixedZone("", -(3*3600+30*60))),
	} {
		got := roundTrip(t, eventAt{at}).At
		_, wantOffset := at.Zone()
		if _, offset := got.Zone(); !got.Equal(at) || offset != wantOffset {
			t.Errorf("got %v; want %v", got, at)
		}
	}
}

func TestNaNStaysNaN(t *testing.T) {
	type eventNaN struct{ F float64 }
	want := math.Float64frombits(0x7ff8000000000123)
	if got := roundTrip(t, eventNaN{want}).F; math.Float64bits(got) != math.Float64bits(want) {
		t.Errorf("got %x; want %x", math.Float64bits(got), math.Float64bits(want))
	}
}

func TestPointersAreDereferenced(t *testing.T) {
	p := &codecPoint{1, 2}
	data, err := encode(&p)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode[codecPoint](data)
	if err != nil || *got != *p {
		t.Errorf("got %#v, %v; want %#v", got, err, *p)
	}
	if _, err := encode((*codecPoint)(nil)); err == nil || !strings.Contains(err.Error(), "nil pointer") {
		t.Errorf("a nil pointer: got %v; want an error that says so", err)
	}
}

func TestUnknownFieldsAreIgnored(t *testing.T) {
	type less struct{ Y int }
	data, err := encode(codecPoint{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode[less](data)
	if err != nil || *got != (less{2}) {
		t.Errorf("got %#v, %v; want Y: 2", got, err)
	}
}

func TestManyElementsGoBothWays(t *testing.T) {
	want := codecList{List: make([]int8, 131_073)}
	if got := roundTrip(t, want); len(got.List) != len(want.List) {
		t.Errorf("got %d elements; want %d", len(got.List), len(want.List))
	}
	if testing.Short() {
		return
	}
	_, err := encode(codecList{List: make([]int8, maxElements+1)})
	if err == nil || !strings.Contains(err.Error(), "elements") {
		t.Errorf("what would not decode: got %v; want an error", err)
	}
}

func TestNesting(t *testing.T) {
	chain := func(n int) *codecTree {
		root := &codecTree{}
		for range n - 1 {
			root = &codecTree{Next: root}
		}
		return root
	}
	roundTrip(t, *chain(maxDepth - 2))
	if _, err := encode(chain(maxDepth + 2)); err == nil || !strings.Contains(err.Error(), "contains itself") {
		t.Errorf("too deep: got %v; want an error that says so", err)
	}
	circle := &codecTree{}
	circle.Next = circle
	if _, err := encode(circle); err == nil || !strings.Contains(err.Error(), "contains itself") {
		t.Errorf("a circle: got %v; want an error that says so", err)
	}
	m := map[string]any{}
	m["m"] = m
	if _, err := encode(codecTree{Any: m}); err == nil || !strings.Contains(err.Error(), "contains itself") {
		t.Errorf("a map in itself: got %v; want an error that says so", err)
	}
	roundTrip(t, codecTree{Any: time.Now().UTC().Round(0)})
}

func TestWhatDoesNotEncodeIsNamed(t *testing.T) {
	year := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		event any
		want  []string
	}{
		"a channel in an any":     {codecTree{Any: make(chan int)}, []string{"payload.codecTree.Any", "chan int"}},
		"one deeper in it":        {codecTree{V: 1, Any: map[string]any{"a": []any{make(chan int)}}}, []string{"payload.codecTree.Any", "chan int"}},
		"a function in a pointer": {&codecTree{Next: &codecTree{Any: func() {}}}, []string{"payload.codecTree.Next", "func()"}},
		"a year above 9999":       {codecEverything{At: year}, []string{"payload.codecEverything.At", "year"}},
		"in an embedded struct":   {codecOuter{codecInner: codecInner{Within: make(chan int)}}, []string{"payload.codecOuter.codecInner.Within", "chan int"}},
		"beside an embedded nil":  {codecBeside{Zone: make(chan int)}, []string{"payload.codecBeside.Zone", "chan int"}},
	} {
		_, err := encode(c.event)
		if err == nil {
			t.Errorf("%s: it encodes", name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v; want %q in it", name, err, want)
			}
		}
	}
}

func TestMalformedPayloads(t *testing.T) {
	cases := map[string][]byte{
		"nothing":           {},
		"truncated":         {0xa1, 0x61, 'X'},
		"more after it":     {0xa0, 0x00},
		"a key twice":       {0xa2, 0x61, 'X', 0x01, 0x61, 'X', 0x02},
		"indefinite length": {0xbf, 0xff},
		"a text for X":      {0xa1, 0x61, 'X', 0x61, 'a'},
		"no map":            {0x05},
		"a huge array":      {0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	}
	for name, data := range cases {
		_, err := decode[codecPoint](data)
		if err == nil {
			t.Errorf("%s: it decodes", name)
		} else if name == "a text for X" && !strings.Contains(err.Error(), "at field payload.codecPoint.X") {
			t.Errorf("%s: got %v; want the field's name", name, err)
		}
	}
}

func TestAMarshallerThatPanicsIsAnError(t *testing.T) {
	if _, err := encode(codecPanics{}); err == nil || !strings.Contains(err.Error(), "bang") {
		t.Errorf("got %v; want an error with the panic", err)
	}
	if _, err := decode[codecPanics]([]byte{0xa1, 0x61, 'B', 0x61, 'x'}); err == nil || !strings.Contains(err.Error(), "bang") {
		t.Errorf("got %v; want an error with the panic", err)
	}
}

func FuzzDecodePayload(f *testing.F) {
	seed, err := encode(codecEverything{Text: "x", Slice: []codecPoint{{1, 2}}, Any: []any{1, "a"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte{0xa1, 0x61, 'X', 0x01})
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		v, err := decode[codecEverything](data)
		if (v == nil) == (err == nil) {
			t.Errorf("got %v and %v; want one of them", v, err)
		}
		if !bytes.Equal(before, data) {
			t.Error("decoding changed the bytes")
		}
	})
}

func BenchmarkCodec(b *testing.B) {
	v := codecEverything{Text: "hello", Slice: []codecPoint{{1, 2}}, At: time.Now()}
	b.ReportAllocs()
	for b.Loop() {
		roundTrip(b, v)
	}
}

package payload

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
)

type valueTimes struct {
	At   time.Time
	Ptr  *time.Time
	List []time.Time
	By   map[string]struct{ At time.Time }
	Any  any
}

func TestTimesKeepTheirInstant(t *testing.T) {
	day := time.Date(1890, 1, 2, 3, 4, 5, 999999999, time.UTC)
	for _, seconds := range []int{0, 60, -60, 1172, -1172, 1, -1, 23*3600 + 59*60, 24 * 3600, -24 * 3600, 100*3600 + 1} {
		at := day.In(time.FixedZone("LMT", seconds))
		got := roundTrip(t, valueTimes{At: at, Ptr: &at, List: []time.Time{at}, By: map[string]struct{ At time.Time }{"a": {at}}, Any: []any{at}})
		for where, got := range map[string]time.Time{"field": got.At, "pointer": *got.Ptr, "slice": got.List[0], "map": got.By["a"].At, "any": got.Any.([]any)[0].(time.Time)} {
			if !got.Equal(at) {
				t.Errorf("offset %d s, %s: got %v; want %v", seconds, where, got, at)
			}
			want := seconds
			if seconds%60 != 0 || max(seconds, -seconds) >= 24*3600 {
				want = 0 // RFC 3339 has no form for it
			}
			if _, offset := got.Zone(); offset != want {
				t.Errorf("offset %d s, %s: arrives with %d; want %d", seconds, where, offset, want)
			}
		}
	}
}

func TestYearsWithoutAFormOnTheWireAreRefused(t *testing.T) {
	east := time.FixedZone("", 3600)
	for _, at := range []time.Time{
		time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-12345, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(0, 1, 1, 0, 30, 0, 0, east), time.Date(9999, 12, 31, 23, 30, 0, 0, time.FixedZone("", -3600)),
		time.Date(0, 1, 1, 0, 0, 1, 0, time.FixedZone("LMT", 1172)),
	} {
		for field, v := range map[string]valueTimes{"valueTimes.At": {At: at}, "valueTimes.Ptr": {Ptr: &at}, "valueTimes.Any": {Any: map[string]any{"a": at}}} {
			if _, err := encode(v); err == nil || !strings.Contains(err.Error(), field) || !strings.Contains(err.Error(), "year") {
				t.Errorf("%v in %s: got %v; want an error that names the field", at, field, err)
			}
		}
	}
	first, last := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)
	if got := roundTrip(t, valueTimes{At: first, List: []time.Time{last}}); !got.At.Equal(first) || !got.List[0].Equal(last) {
		t.Errorf("got %v and %v; want %v and %v", got.At, got.List[0], first, last)
	}
}

func TestFieldWithTheNameDashIsLookedAt(t *testing.T) {
	type dash struct {
		At time.Time `cbor:"-,"`
	}
	if _, err := encode(dash{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}); err == nil || !strings.Contains(err.Error(), "only those of the years") {
		t.Errorf("got %v; want an error about the year", err)
	}
	at := time.Unix(1, 0).In(time.FixedZone("", 1172))
	if got := roundTrip(t, dash{at}).At; !got.Equal(at) {
		t.Errorf("got %v; want %v", got, at)
	}
}

type valuePointers struct {
	Twice **int
	Slice *[]int
	Map   *map[string]int
	Any   *any
	Time  *time.Time
	Big   *big.Int
}

func TestPointersThatWouldArriveNilAreRefused(t *testing.T) {
	for field, v := range map[string]valuePointers{
		"Twice": {Twice: new(*int)}, "Slice": {Slice: new([]int)}, "Map": {Map: new(map[string]int)}, "Any": {Any: new(any)}, "Time": {Time: new(time.Time)},
	} {
		if _, err := encode(v); err == nil || !strings.Contains(err.Error(), "valuePointers."+field) {
			t.Errorf("%s: got %v; want an error that names the field", field, err)
		}
	}
	n, at := 5, time.Unix(1, 0).UTC()
	p := &n
	want := valuePointers{Twice: &p, Slice: &[]int{}, Map: &map[string]int{}, Any: new(any("x")), Time: &at, Big: new(big.Int)}
	if got := roundTrip(t, want); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v; want %+v", got, want)
	}
}

type valueText string

func (v valueText) MarshalText() ([]byte, error) { return []byte(strings.ToLower(string(v))), nil }
func (v *valueText) UnmarshalText(b []byte) error {
	*v = valueText(b)
	return nil
}

type valueMaps struct {
	Any    map[any]int
	Float  map[float64]int
	Own    map[valueText]int
	Struct map[struct {
		A int
		B int `cbor:"-"`
	}]int
	Within any
}

func TestMapsWhoseKeysAreOneOnTheWireAreRefused(t *testing.T) {
	type key = struct {
		A int
		B int `cbor:"-"`
	}
	for name, v := range map[string]valueMaps{
		"two kinds of integer":        {Any: map[any]int{1: 1, int8(1): 2}},
		"two kinds of float":          {Any: map[any]int{0.5: 1, float32(0.5): 2}},
		"texts of a type's own":       {Own: map[valueText]int{"A": 1, "a": 2}},
		"what is left out":            {Struct: map[key]int{{1, 1}: 1, {1, 2}: 2}},
		"an array in an any":          {Any: map[any]int{[2]int{}: 1}},
		"a struct in an any":          {Any: map[any]int{struct{ A int }{}: 1}},
		"a map with arrays in an any": {Within: map[[2]int]int{{}: 1}},
		"a pointer in an any":         {Within: map[*int]int{new(int): 1}},
	} {
		if _, err := encode(v); err == nil {
			t.Errorf("%s: it encodes", name)
		}
	}
	nan := math.NaN()
	got := roundTrip(t, valueMaps{Float: map[float64]int{nan: 1, math.Float64frombits(math.Float64bits(nan)): 2, 0: 3}, Own: map[valueText]int{"a": 1},
		Any: map[any]int{1: 1, "1": 2, 1.5: 3, true: 4}})
	if len(got.Float) != 3 || got.Own["a"] != 1 || len(got.Any) != 4 || got.Any[int64(1)] != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestWhatAnAnyHoldsIsLookedAt(t *testing.T) {
	type hidden struct{ n int }
	for name, v := range map[string]any{
		"an unexported field": hidden{1}, "one in a slice": []any{map[string]any{"a": []hidden{{1}}}}, "a big.Float": big.NewFloat(1),
		"a pointer to a nil slice": new([]int), "a text that panics": codecBomb{}, "an interface": []error{errors.New("x")},
		"a tag that decodes to nothing": cbor.Tag{Number: 0, Content: 5}, "malformed CBOR": cbor.RawMessage{0xff},
	} {
		if _, err := encode(codecTree{Any: v}); err == nil {
			t.Errorf("%s: it encodes", name)
		}
	}
	for _, c := range []struct{ sent, want any }{
		{uint64(math.MaxUint64), *new(big.Int).SetUint64(math.MaxUint64)}, {uint64(math.MaxInt64), int64(math.MaxInt64)}, {float32(0.5), 0.5},
		{[2]byte{1, 2}, []byte{1, 2}}, {time.Time{}, nil}, {[]int(nil), nil}, {struct{ A int8 }{3}, map[any]any{"A": int64(3)}},
		{time.Hour, int64(time.Hour)}, {"\xff", "\xff"}, {cbor.ByteString("k"), []byte("k")}, {big.NewInt(5), int64(5)},
	} {
		if got := roundTrip(t, codecTree{Any: c.sent}).Any; !reflect.DeepEqual(got, c.want) {
			t.Errorf("%T %v: got %T %v; want %T %v", c.sent, c.sent, got, got, c.want, c.want)
		}
	}
}

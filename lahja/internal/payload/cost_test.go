package payload

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lahja/go-lahja/internal/testkit"
)

type costLarge struct{ A, B, C, D, E, F [4]int }

type costEvent struct {
	Structs []costLarge
	Slices  [][]costLarge
	Maps    []map[string]costLarge
	Map     map[int8]costLarge
	Any     any
	To      []*costLarge
	Arrays  [][1 << 20]int
	Deep    []map[int8][]*[]*costLarge
	Rats    []*big.Rat
	Times   []time.Time
	Bytes   [][]byte
	Bools   []bool
	Tiny    []int8
	Numbers []int
	Texts   []string
	costEmbedded
	Trees []codecTree
}

type costEmbedded struct{ Inner []struct{ *CostPointed } }

type CostPointed struct{ Large costLarge }

// many is a field of a costEvent that is an array of n of these bytes.
func many(field string, n int, element ...byte) []byte {
	data := append(appendHead([]byte{cborMap | 1}, cborText, uint64(len(field))), field...)
	return append(appendHead(data, cborArray, uint64(n)), bytes.Repeat(element, n)...)
}

// mostDecoded is the bus's default, 128 MiB.
const mostDecoded = 128 << 20

// One byte of each of these decodes to many.
func TestSmallDataThatTakesMuchIsRefusedBeforeItIsAllocated(t *testing.T) {
	const n = 15_000_000
	event, err := Of(reflect.TypeFor[costEvent]())
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"empty maps for structs":       many("Structs", n, cborMap),
		"empty slices":                 many("Slices", n, cborArray),
		"slices of structs":            many("Slices", n/4, cborArray|3, cborMap, cborMap, cborMap),
		"empty maps":                   many("Maps", n, cborMap),
		"nulls for structs":            many("Structs", n, cborNull),
		"maps of one":                  many("Maps", n/3, cborMap|1, cborText, cborMap),
		"empty maps in an any":         many("Any", n, cborMap),
		"empty slices in an any":       many("Any", n, cborArray),
		"numbers in an any":            many("Any", n, 1),
		"maps of one in an any":        many("Any", n/3, cborMap|1, 1, 1),
		"tags in an any":               many("Any", n/2, cborTag|20, 1),
		"pointers":                     many("To", n, cborMap),
		"arrays":                       many("Arrays", 17, cborArray),
		"deep ones":                    many("Deep", n/5, cborMap|1, 1, cborArray|1, cborArray|1, cborMap),
		"rationals with exponents":     many("Rats", 1000, append([]byte{cborText | 8}, "1e999999"...)...),
		"empty bytes":                  many("Bytes", n, cborBytes),
		"embedded pointers":            many("Inner", n/10, append([]byte{cborMap | 1, cborText | 5}, "Large\xa0"...)...),
		"texts for numbers":            many("Tiny", n, cborText),
		"truth for numbers":            many("Numbers", n/16, cborTrue),
		"large numbers for small ones": many("Tiny", n/3, 25, 1, 0),
		"numbers for truth":            many("Bools", n, 1),
		"trees":                        many("Trees", n, cborMap),
	} {
		var err error
		start := time.Now()
		got := testkit.Allocated(func() { err = event.Admit(data, mostDecoded) })
		if err == nil {
			t.Errorf("%s: %d bytes are admitted", name, len(data))
		}
		if errors.Is(err, ErrTooLarge) && !strings.Contains(err.Error(), "MaxDecoded") {
			t.Errorf("%s: got %v; want the option's name", name, err)
		}
		if got > 1<<20 || time.Since(start) > time.Minute {
			t.Errorf("%s: allocated %d bytes in %v", name, got, time.Since(start))
		}
	}
}

func TestWhatTakesLittleIsAdmitted(t *testing.T) {
	event, err := Of(reflect.TypeFor[costEvent]())
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"numbers":      many("Numbers", 16_000_000, 1),
		"small ones":   many("Tiny", 16_000_000, 1),
		"truth":        many("Bools", 16_000_000, cborTrue),
		"times":        many("Times", 700_000, append([]byte{cborTag, cborText | 20}, "2006-01-02T15:04:05Z"...)...),
		"few structs":  many("Structs", 500_000, cborMap),
		"some any":     many("Any", 1_000_000, 1),
		"unknown ones": many("Unknown", 16_000_000, cborMap),
		"one array":    many("Arrays", 1, cborArray|3, 1, 2, 3),
		"malformed":    many("Structs", 500_000, cborMap)[:400_000],
		"nothing":      nil,
	} {
		if err := event.Admit(data, mostDecoded); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	type blob struct{ Bytes []byte }
	if c := newCost(reflect.TypeFor[blob]()); c.each != 1 {
		t.Errorf("a byte of bytes costs %d; want 1", c.each)
	}
}

// TestCostIsNoLessThanWhatIsAllocated draws types and values, and decodes each often enough that
// what is allocated can be told.
func TestCostBoundsWhatDecodingTakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		of := drawStruct(t, 3)
		if sendable(of) != nil {
			return
		}
		data, err := encodeValue(drawValue(t, of, 4))
		if err != nil || decMode.Unmarshal(data, reflect.New(of).Interface()) != nil {
			return
		}
		c := newCost(of)
		if err := c.measure(data, math.MaxInt64/2); err != nil {
			t.Fatalf("%s: % x decodes, and is refused: %v", of, data, err)
		}
		if most := c.size + c.each*int64(len(data)) + anyHead; c.measure(data, most) != nil {
			t.Fatalf("%s: % x takes more than %d each of %d bytes and %d", of, data, c.each, len(data), c.size)
		}
	})
}

func FuzzMeter(f *testing.F) {
	f.Add(many("Structs", 3, cborMap))
	f.Add(many("Any", 3, cborMap|1, 1, cborArray))
	f.Add(many("Map", 1, cborTag|2, cborBytes|1, 5))
	of := reflect.TypeFor[costEvent]()
	c := newCost(of)
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Contains(data, []byte("Arrays")) || bytes.Contains(data, []byte("Rats")) {
			return // They are slow.
		}
		if err := c.measure(data, 1<<40); err == nil {
			return
		}
		if decMode.Unmarshal(data, reflect.New(of).Interface()) == nil {
			t.Errorf("% x decodes, and is refused", data)
		}
	})
}

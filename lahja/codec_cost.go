package lahja

import (
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// A few bytes may decode to many: each empty map in a []struct takes one byte and becomes a
// whole struct. So before data is decoded its cost is bounded: first by what a byte may cost at
// most, which is known of the type, and only where that is too much by looking at each value
// (meter).

// cost is what a value of one type takes in memory when it is decoded.
type cost struct {
	t    reflect.Type
	kind reflect.Kind
	of   ownKind
	bits int // of a number
	// size is what the value takes itself, in whatever contains it.
	size int64
	// head is what its first byte may make the decoder allocate besides, and each what any
	// byte of it may, at most. Each is known of an event's type alone.
	head, each int64
	// elem is what a pointer, a slice, an array or a map is made of, key what a map's keys are.
	elem, key *cost
	// fields are those of a struct by name, as of sentFields, or, where byPlace, in their order.
	fields  map[string]fieldCost
	byPlace []fieldCost
}

type fieldCost struct {
	*cost
	embedded int64 // what embedded pointers on the way to it take
}

// ownKind says how a type encodes itself.
type ownKind int

const (
	byField ownKind = iota
	ownTime
	ownRat
	ownOther
)

const (
	mapHead     = 48      // an empty map
	anyHead     = 64      // what an any points at: the head of a map, a slice, a text, a number
	zoneCost    = 160     // the zone of a time
	maxRational = 1 << 20 // a big.Rat whose text has an exponent
	ownEach     = 2       // what a type that encodes itself is given
	mapSlots    = 8       // in the smallest map
	inMap       = 128     // a larger key or element is not in the map but pointed at
	sizeOfAny   = 16
)

var costs sync.Map // reflect.Type to *cost

// costOf returns the cost of an event's type.
func costOf(t reflect.Type) *cost {
	if known, ok := costs.Load(t); ok {
		return known.(*cost)
	}
	f := costFinder{known: map[reflect.Type]*cost{}}
	c := f.cost(t)
	for _, part := range f.known {
		c.each = max(c.each, part.worst())
	}
	costs.Store(t, c)
	return c
}

type costFinder struct{ known map[reflect.Type]*cost }

func (f *costFinder) cost(t reflect.Type) *cost {
	if c, ok := f.known[t]; ok {
		return c
	}
	c := &cost{t: t, kind: t.Kind(), size: int64(t.Size())}
	f.known[t] = c
	if t.Kind() != reflect.Pointer && codingOf(t).own {
		switch c.of = ownOther; t {
		case reflect.TypeFor[time.Time]():
			c.of = ownTime
		case reflect.TypeFor[big.Rat]():
			c.of, c.head = ownRat, maxRational
		}
		return c
	}
	if t == reflect.TypeFor[cbor.Tag]() {
		c.kind = reflect.Interface // what the tag is for may be anything
	}
	switch c.kind {
	case reflect.Interface:
		c.head = anyHead
	case reflect.Pointer:
		c.elem = f.cost(t.Elem())
		c.head = c.elem.size + c.elem.head
	case reflect.Slice, reflect.Array:
		c.elem = f.cost(t.Elem())
	case reflect.Map:
		c.head = mapHead
		c.key, c.elem = f.cost(t.Key()), f.cost(t.Elem())
	case reflect.Struct:
		f.structure(c, t)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		c.bits = t.Bits()
	}
	return c
}

func (f *costFinder) structure(c *cost, t reflect.Type) {
	fields, _ := sentFields(t, "") // looked over when the type was
	slices.SortFunc(fields, func(a, b sentField) int { return slices.Compare(a.index, b.index) })
	c.fields = make(map[string]fieldCost, len(fields))
	tuple := false
	if blank, ok := t.FieldByName("_"); ok {
		tuple = slices.Contains(strings.Split(blank.Tag.Get("cbor"), ","), "toarray")
	}
	for _, sent := range fields {
		field := fieldCost{cost: f.cost(sent.typ)}
		for i := 1; i < len(sent.index); i++ {
			if outer := t.FieldByIndex(sent.index[:i]).Type; outer.Kind() == reflect.Pointer {
				field.embedded += int64(outer.Elem().Size())
			}
		}
		c.fields[sent.name] = field
		if tuple {
			c.byPlace = append(c.byPlace, field)
		}
	}
}

// worst is the most that one byte of a value may cost, but for the bytes of its parts.
func (c *cost) worst() int64 {
	switch {
	case c.of == ownTime:
		return zoneCost / int64(len("2006-01-02T15:04:05+07:00"))
	case c.of == ownRat:
		return maxRational / int64(len("1e1"))
	case c.of == ownOther:
		return ownEach
	}
	switch c.kind {
	case reflect.Interface:
		return max(anyHead+sizeOfAny, (entries(1, sizeOfAny, sizeOfAny)+2*anyHead)/2)
	case reflect.Slice:
		return c.elem.size + c.elem.head
	case reflect.Array, reflect.Pointer:
		return c.elem.head
	case reflect.Map:
		return max(mapHead, (entries(1, c.key.size, c.elem.size)+c.key.head+c.elem.head+1)/2)
	case reflect.Struct:
		var most int64
		for _, f := range c.fields {
			most = max(most, f.head+f.embedded)
		}
		return most
	}
	return 1
}

// entries is what n entries take in a map, beside its head. A map has room for more than it
// holds, and at least for a few.
func entries(n, key, elem int64) int64 {
	if n == 0 {
		return 0
	}
	slots := max(mapSlots, 5*n/2)
	var apart int64
	for _, size := range []*int64{&key, &elem} {
		if *size > inMap {
			apart += *size
			*size = 8
		}
	}
	return slots*(key+elem+1) + n*apart
}

// admit refuses data, encoded, that decodes to a value of more than most bytes (ErrTooLarge), or
// in which too much is not of the form of the type (ErrMalformed). What does not decode at all
// it leaves to the decoder.
func (c *cost) admit(data []byte, most int64) error {
	if len(data) <= surelyQuick && c.size+c.each*int64(len(data)) <= most {
		return nil
	}
	return c.measure(data, most)
}

// surelyQuick is the most bytes that are decoded without a look at whether they have the form
// of the type. The codec makes an error for each value that has not.
const surelyQuick = 64 << 10

// measure is admit by looking at each value.
func (c *cost) measure(data []byte, most int64) error {
	m := meter{cborReader: cborReader{rest: data}, left: most - c.size}
	m.value(c)
	switch {
	case m.left < 0:
		return &Error{Op: "decode", Kind: ErrTooLarge, Detail: fmt.Sprintf("%d bytes decoded to %s would take more memory than %d bytes, the limit "+
			"(Options.MaxDecoded); send less at once", len(data), c.t, most)}
	case m.misfit:
		return &Error{Op: "decode", Kind: ErrMalformed, Detail: fmt.Sprintf("%d bytes do not decode to %s", len(data), c.t)}
	}
	return nil
}

package payload

import (
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// ErrTooLarge: an event is larger than a limit.
var ErrTooLarge = errors.New("event too large")

// Admit refuses data that decodes to a value of more than most bytes (ErrTooLarge), or of which
// too much does not have the form of the type. Data that does not decode at all is left to Decode.
//
// A few bytes may decode to many: each empty map in a []struct takes one byte and becomes a whole
// struct. The most that one byte may cost is known for each type. Only if that bound is too
// high does Admit look at each value (meter).
func (t *Type) Admit(data []byte, most int64) error {
	c := t.cost
	if len(data) <= surelyQuick && c.size+c.each*int64(len(data)) <= most {
		return nil
	}
	return c.measure(data, most)
}

// surelyQuick is the most bytes that are decoded without a check of their form. The codec makes
// an error for each value of a wrong form.
const surelyQuick = 64 << 10

// cost is the memory that a decoded value of one type takes.
type cost struct {
	t    reflect.Type
	kind reflect.Kind
	of   ownKind
	bits int // of a number
	// size is the size of the value itself, within whatever contains it.
	size int64
	// head is the most that the first byte of a value makes the decoder allocate besides size,
	// and each the most that any byte does. Only the cost of an event's type has each.
	head, each int64
	// elem is the cost of what a pointer, a slice, an array or a map holds, key that of a map's keys.
	elem, key *cost
	// fields are a struct's fields by name (sentField). byPlace has them in order, if they are
	// sent like that.
	fields  map[string]fieldCost
	byPlace []fieldCost
}

type fieldCost struct {
	*cost
	embedded int64 // the size of the structs that embedded pointers on the way to it point at
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
	ownEach     = 2       // a byte of a type that encodes itself
	mapSlots    = 8       // in the smallest map
	inMap       = 128     // a map points at larger keys and elements
	sizeOfAny   = 16
)

// newCost returns the cost of an event's type.
func newCost(t reflect.Type) *cost {
	f := costFinder{known: map[reflect.Type]*cost{}}
	c := f.cost(t)
	for _, part := range f.known {
		c.each = max(c.each, part.worst())
	}
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
		c.kind = reflect.Interface // a tag may be on anything
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
	fields, _ := sentFields(t, "") // checked by Of
	slices.SortFunc(fields, func(a, b sentField) int { return slices.Compare(a.index, b.index) })
	c.fields = make(map[string]fieldCost, len(fields))
	tuple := structHas(t, "toarray")
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

// worst returns the most that one byte of a value may cost, apart from the bytes of its parts.
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

// entries returns what n entries take in a map, beside its head. A map has room for more entries
// than it holds, and for at least a few.
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

// measure is Admit by looking at each value.
func (c *cost) measure(data []byte, most int64) error {
	m := meter{cborReader: cborReader{rest: data}, left: most - c.size}
	m.value(c)
	switch {
	case m.left < 0:
		return fmt.Errorf("%w: %d bytes decoded to %s would take more memory than %d bytes, the limit (Options.MaxDecoded); send less at once",
			ErrTooLarge, len(data), c.t, most)
	case m.misfit:
		return fmt.Errorf("%d bytes do not decode to %s", len(data), c.t)
	}
	return nil
}

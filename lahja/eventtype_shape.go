package lahja

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// shapeOf hashes what a peer has to have in common with t to understand it: the
// names of fields as they are sent, and kinds, all the way down; of types that
// encode themselves, and of those alone, the Go name. Order of fields and Go
// names of structs do not count. It is never 0.
//
// It fails, naming the field, where a value of t could not be sent or would not
// arrive as it was. Deep is whether values can nest deeper than t itself.
func shapeOf(t reflect.Type) (shape uint64, deep bool, err error) {
	s := shaper{stack: map[reflect.Type]int{}, known: map[reflect.Type]uint64{}}
	shape, _, err = s.hash(t, t.Name())
	return max(shape, 1), s.deep, err
}

// shaper hashes types bottom up.
type shaper struct {
	// stack is the types being hashed, outermost 0; meeting one again is
	// recursion.
	stack map[reflect.Type]int
	// known is the types hashed before that do not refer to others of the
	// stack, which would make their hash depend on where they stand. It keeps
	// the work linear.
	known map[reflect.Type]uint64
	deep  bool
}

// closed is the lowest reference of a type that refers to nothing on the stack.
const closed = int(^uint(0) >> 1)

// hash returns the hash of t and the lowest place on the stack it refers to.
func (s *shaper) hash(t reflect.Type, path string) (h uint64, lowest int, err error) {
	if at, ok := s.stack[t]; ok {
		s.deep = true
		return digest("recursion", uint64(len(s.stack)-at)), at, nil
	}
	if h, ok := s.known[t]; ok {
		return h, closed, nil
	}
	own := len(s.stack)
	s.stack[t] = own
	defer delete(s.stack, t)
	h, lowest, err = s.compute(t, path)
	if lowest >= own {
		s.known[t], lowest = h, closed
	}
	return h, lowest, err
}

func (s *shaper) compute(t reflect.Type, path string) (h uint64, lowest int, err error) {
	if t.Kind() != reflect.Pointer {
		if c := codingOf(t); c.problem != "" {
			return 0, closed, fmt.Errorf("field %s: %s", path, c.problem)
		} else if c.own {
			return digest("own " + goName(t)), closed, nil
		}
	}
	switch kind := t.Kind(); kind {
	case reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Uintptr, reflect.Complex64, reflect.Complex128:
		return 0, closed, fmt.Errorf("field %s is a %s, which cannot be sent; leave it out with the tag `cbor:\"-\"`, or send what it stands for", path, t)
	case reflect.Interface:
		if t.NumMethod() > 0 {
			return 0, closed, fmt.Errorf("field %s is of the interface %s, and who receives it cannot know which type it was; "+
				"use a struct, or leave it out with the tag `cbor:\"-\"`", path, t)
		}
		s.deep = true
		return digest("any"), closed, nil
	case reflect.Pointer:
		inner, lowest, err := s.hash(t.Elem(), path)
		return digest("pointer", inner), lowest, err
	case reflect.Slice:
		inner, lowest, err := s.hash(t.Elem(), path+"[]")
		return digest("slice", inner), lowest, err
	case reflect.Array:
		inner, lowest, err := s.hash(t.Elem(), path+"[]")
		return digest("array", uint64(t.Len()), inner), lowest, err
	case reflect.Map:
		return s.mapping(t, path)
	case reflect.Struct:
		return s.structure(t, path)
	default:
		return digest(kind.String()), closed, nil
	}
}

func (s *shaper) mapping(t reflect.Type, path string) (h uint64, lowest int, err error) {
	if t.Key().Kind() == reflect.Pointer {
		return 0, closed, fmt.Errorf("field %s has pointers for keys, which are others where they arrive; use their values", path)
	}
	key, low1, err := s.hash(t.Key(), path+"[key]")
	if err != nil {
		return 0, closed, err
	}
	value, low2, err := s.hash(t.Elem(), path+"[]")
	return digest("map", key, value), min(low1, low2), err
}

func (s *shaper) structure(t reflect.Type, path string) (h uint64, lowest int, err error) {
	fields, err := sentFields(t, path)
	if err != nil {
		return 0, closed, err
	}
	layout := "struct"
	if blank, ok := t.FieldByName("_"); ok {
		switch options := strings.Split(blank.Tag.Get("cbor"), ","); {
		case slices.Contains(options, "toindefarray"):
			return 0, closed, fmt.Errorf("field %s: %s has the tag toindefarray, but indefinite lengths are not sent; use toarray", path, t)
		case slices.Contains(options, "toarray"):
			// Here order is all there is.
			layout = "array of fields"
			slices.SortFunc(fields, func(a, b sentField) int { return slices.Compare(a.index, b.index) })
		}
	}
	parts := make([]uint64, 0, 2*len(fields))
	lowest = closed
	for _, f := range fields {
		inner, low, err := s.hash(f.typ, f.path)
		if err != nil {
			return 0, closed, err
		}
		parts = append(parts, digest(f.name), inner)
		lowest = min(lowest, low)
	}
	return digest(layout, parts...), lowest, nil
}

// digest is FNV-1a over a label and the hashes beneath it.
func digest(label string, parts ...uint64) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strconv.Itoa(len(label)) + label)) // a hash takes everything
	var b [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(b[:], p)
		_, _ = h.Write(b[:])
	}
	return h.Sum64()
}

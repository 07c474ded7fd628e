package payload

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/lahja/internal/payload/layout"
)

// layoutOf returns what peers compare of t: the names and kinds of sent fields, all the way
// down. It ignores the order of fields, and Go names except of types that encode themselves.
// It fails if a value of t could not be sent or would not arrive as it was. The error names the
// field by a path that begins with path.
func layoutOf(t reflect.Type, path string) (layout.Layout, error) {
	s := shaper{known: map[reflect.Type]int{}}
	if _, err := s.add(t, path); err != nil {
		return nil, err
	}
	return s.nodes, nil
}

// shaper makes a node of each type.
type shaper struct {
	nodes layout.Layout
	known map[reflect.Type]int
}

// add returns the node of t.
func (s *shaper) add(t reflect.Type, path string) (int, error) {
	if at, ok := s.known[t]; ok {
		return at, nil
	}
	at := len(s.nodes)
	s.nodes = append(s.nodes, layout.Node{})
	s.known[t] = at
	n, err := s.node(t, path)
	if err != nil {
		return 0, err
	}
	s.nodes[at] = n
	return at, nil
}

func (s *shaper) node(t reflect.Type, path string) (layout.Node, error) {
	if t.Kind() != reflect.Pointer {
		if c := codingOf(t); c.problem != "" {
			return layout.Node{}, fmt.Errorf("field %s: %s", path, c.problem)
		} else if c.own {
			return layout.Node{Kind: layout.Own, Name: GoName(t)}, nil
		}
	}
	switch kind := t.Kind(); kind {
	case reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Uintptr, reflect.Complex64, reflect.Complex128:
		return layout.Node{}, fmt.Errorf("field %s is a %s, which cannot be sent; leave it out with the tag `cbor:\"-\"`, or send what it stands for", path, t)
	case reflect.Interface:
		if t.NumMethod() > 0 {
			return layout.Node{}, fmt.Errorf("field %s is of the interface %s, and its receiver cannot know which type it was; "+
				"use a struct, or leave it out with the tag `cbor:\"-\"`", path, t)
		}
		return layout.Node{Kind: layout.Any}, nil
	case reflect.Pointer:
		if _, ok := Pointee(t); !ok {
			return layout.Node{}, fmt.Errorf("field %s is a %s, which points at nothing but pointers; use a struct", path, t)
		}
		return s.holding(layout.Pointer, 0, t.Elem(), path)
	case reflect.Slice:
		return s.holding(layout.Slice, 0, t.Elem(), path+"[]")
	case reflect.Array:
		return s.holding(layout.Array, t.Len(), t.Elem(), path+"[]")
	case reflect.Map:
		return s.mapping(t, path)
	case reflect.Struct:
		return s.structure(t, path)
	default:
		basic, _ := layout.Basic(kind.String()) // the cases above are the others
		return layout.Node{Kind: basic}, nil
	}
}

// Pointee follows pointers from t to a type that is not a pointer. It reports false if there is
// none, as in  type P *P : a codec that follows such pointers never stops.
func Pointee(t reflect.Type) (reflect.Type, bool) {
	for passed := 0; t.Kind() == reflect.Pointer; passed++ {
		if passed == maxDepth {
			return t, false
		}
		t = t.Elem()
	}
	return t, true
}

func (s *shaper) holding(kind layout.Kind, length int, elem reflect.Type, path string) (layout.Node, error) {
	at, err := s.add(elem, path)
	return layout.Node{Kind: kind, Len: length, Elem: at}, err
}

func (s *shaper) mapping(t reflect.Type, path string) (layout.Node, error) {
	if keyWithPointer(t.Key()) {
		return layout.Node{}, fmt.Errorf("field %s has pointers in its keys, which arrive as other pointers; use their values", path)
	}
	key, err := s.add(t.Key(), path+"[key]")
	if err != nil {
		return layout.Node{}, err
	}
	value, err := s.add(t.Elem(), path+"[]")
	return layout.Node{Kind: layout.Map, Key: key, Elem: value}, err
}

func (s *shaper) structure(t reflect.Type, path string) (layout.Node, error) {
	fields, err := sentFields(t, path)
	if err != nil {
		return layout.Node{}, err
	}
	n := layout.Node{Kind: layout.Struct}
	switch {
	case structHas(t, "toindefarray"):
		return layout.Node{}, fmt.Errorf("field %s: %s has the tag toindefarray, but indefinite lengths are not sent; use toarray", path, t)
	case structHas(t, "toarray"):
		// Only the order counts.
		n.Kind = layout.Tuple
		slices.SortFunc(fields, func(a, b sentField) int { return slices.Compare(a.index, b.index) })
	}
	for _, f := range fields {
		at, err := s.add(f.typ, f.path)
		if err != nil {
			return layout.Node{}, err
		}
		n.Fields = append(n.Fields, layout.Field{Name: f.name, Node: at})
	}
	return n, nil
}

// GoName is a type's name for people and for hashes: the same in a command and in its tests.
func GoName(t reflect.Type) string {
	if t.Name() == "" || t.PkgPath() == "" || strings.HasPrefix(t.String(), "main.") {
		return t.String()
	}
	return t.PkgPath() + "." + t.Name()
}

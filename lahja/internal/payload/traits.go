package payload

import (
	"reflect"
	"time"
)

// traits are what encoding and decoding may do to the values of a type, and to whatever such a
// value contains.
type traits struct {
	// changing: a value may arrive different. An any loses its type, a time loses its monotonic
	// clock, a field may be left out, and a type's own marshaller may do anything.
	changing bool
	// inspected: some values must not be sent, or must be sent differently (see inspection).
	inspected bool
	// doubtful: a value may encode and not decode, because two keys of a map are one on the
	// wire, or because an any holds a key that no decoded map can have.
	doubtful bool
	// depth is how deep values nest at most. If that depends on the value, it is inspected.
	depth int
}

func (a *traits) add(b traits) {
	a.changing = a.changing || b.changing
	a.inspected = a.inspected || b.inspected
	a.doubtful = a.doubtful || b.doubtful
}

var knownTraits memo[traits]

func traitsOf(t reflect.Type) traits { return knownTraits.get(t, findTraits) }

func findTraits(t reflect.Type) traits {
	f := traitFinder{done: map[reflect.Type]bool{}, open: map[reflect.Type]bool{}}
	f.visit(t)
	if !f.found.inspected {
		f.found.depth = depthOf(t)
	}
	return f.found
}

// depthOf returns traits.depth of a type that is not inspected, and so not recursive.
func depthOf(t reflect.Type) (depth int) {
	if t.Kind() != reflect.Pointer && codingOf(t).own {
		return 0
	}
	switch t.Kind() {
	case reflect.Pointer:
		return traitsOf(t.Elem()).depth
	case reflect.Slice, reflect.Array:
		return 1 + traitsOf(t.Elem()).depth
	case reflect.Map:
		return 1 + max(traitsOf(t.Key()).depth, traitsOf(t.Elem()).depth)
	case reflect.Struct:
		for i := range t.NumField() {
			depth = max(depth, traitsOf(t.Field(i).Type).depth)
		}
		return 1 + depth
	}
	return 0
}

// traitFinder gathers the traits of all types that one is made of.
type traitFinder struct {
	found traits
	done  map[reflect.Type]bool
	open  map[reflect.Type]bool // the types around the current one; a repeated one is recursive
}

func (f *traitFinder) visit(t reflect.Type) {
	if f.open[t] {
		// A value may contain itself; only inspecting the value shows it.
		f.found.add(traits{changing: true, inspected: true})
	}
	if f.done[t] {
		return
	}
	f.done[t], f.open[t] = true, true
	defer delete(f.open, t)
	if t.Kind() != reflect.Pointer && codingOf(t).own {
		f.found.add(traits{changing: true, inspected: t == reflect.TypeFor[time.Time]()})
		return
	}
	switch t.Kind() {
	case reflect.Interface:
		f.found.add(traits{changing: true, inspected: true, doubtful: true})
	case reflect.Pointer:
		f.found.add(traits{inspected: mayBeNull(t.Elem())})
		f.visit(t.Elem())
	case reflect.Slice, reflect.Array:
		f.visit(t.Elem())
	case reflect.Map:
		f.found.add(traits{doubtful: traitsOf(t.Key()).changing})
		f.visit(t.Key())
		f.visit(t.Elem())
	case reflect.Struct:
		f.structure(t)
	}
}

func (f *traitFinder) structure(t reflect.Type) {
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Name == "_" || field.Type.Size() == 0 && !field.Anonymous {
			continue
		}
		tag := tagOf(field)
		if tag.skips() {
			f.found.changing = true
			continue
		}
		f.found.changing = f.found.changing || omits(field, tag)
		f.visit(field.Type)
	}
}

// omits reports whether a field may be left out although it is not zero, such as an empty slice.
// An embedded pointer counts too: it arrives nil if all its fields are left out, but as an element
// of an array it arrives as a pointer.
func omits(f reflect.StructField, tag tag) bool {
	if f.Anonymous && f.Type.Kind() == reflect.Pointer {
		return true
	}
	if !tag.has("omitempty") && !tag.has("omitzero") {
		return false
	}
	if f.Type.Implements(zeroer) || reflect.PointerTo(f.Type).Implements(zeroer) {
		return true
	}
	switch f.Type.Kind() {
	case reflect.Bool, reflect.String, reflect.Pointer,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return false
	}
	return true
}

var zeroer = reflect.TypeFor[interface{ IsZero() bool }]()

// mayBeNull reports whether some values of t are encoded as null, as a nil pointer is.
func mayBeNull(t reflect.Type) bool {
	if t == reflect.TypeFor[time.Time]() {
		return true
	}
	switch t.Kind() {
	case reflect.Pointer:
		return true
	case reflect.Interface, reflect.Slice, reflect.Map:
		return !codingOf(t).own
	}
	return false
}

// isNull reports whether v, of such a type, is encoded as null.
func isNull(v reflect.Value) bool {
	if at, ok := v.Interface().(time.Time); ok && v.Kind() == reflect.Struct {
		return at.IsZero()
	}
	return v.IsNil()
}

// keyWithPointer reports whether part of a map's key is a pointer. Such a key arrives as another
// one.
func keyWithPointer(t reflect.Type) bool {
	switch {
	case t.Kind() == reflect.Pointer:
		return true
	case codingOf(t).own:
		return false
	case t.Kind() == reflect.Array:
		return keyWithPointer(t.Elem())
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			if keyWithPointer(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}

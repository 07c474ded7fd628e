package payload

import (
	"errors"
	"fmt"
	"reflect"
	"time"
)

// inspection looks a value over before it is encoded, for parts that the codec would change, or
// that no receiver would accept. Only types with traits.inspected need it.
type inspection struct {
	utc bool // the value holds a time whose offset has no form on the wire
}

// errTooDeep: the value nests too deep for its receiver, or contains itself.
var errTooDeep = errors.New("it nests too deep")

// inspect looks v over. It returns errTooDeep, or which part cannot be sent.
func inspect(v reflect.Value) (inspection, error) {
	var in inspection
	if !traitsOf(v.Type()).inspected {
		return in, nil
	}
	err := in.value(v, maxDepth)
	return in, err
}

// value looks at v, which may nest so many levels deep. It counts no fewer levels than the decoder,
// and so ends on values that contain themselves.
func (in *inspection) value(v reflect.Value, levels int) error {
	t := v.Type()
	known := traitsOf(t)
	if levels < known.depth {
		return errTooDeep
	}
	if !known.inspected {
		return nil
	}
	if t == reflect.TypeFor[time.Time]() {
		return in.time(v.Interface().(time.Time))
	}
	switch v.Kind() {
	case reflect.Pointer:
		return in.pointer(v, levels)
	case reflect.Interface:
		if v.IsNil() {
			return nil
		}
		if err := sendable(v.Elem().Type()); err != nil {
			return err
		}
		return in.value(v.Elem(), levels-1)
	case reflect.Struct:
		p := structInspections.get(t, newStructInspection)
		if levels < p.depth {
			return errTooDeep
		}
		for _, i := range p.fields {
			if err := in.value(v.Field(i), levels-1); err != nil {
				return err
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := in.value(v.Index(i), levels-1); err != nil {
				return err
			}
		}
	case reflect.Map:
		for iter := v.MapRange(); iter.Next(); {
			if err := in.value(iter.Key(), levels-1); err != nil {
				return err
			}
			if err := in.value(iter.Value(), levels-1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (in *inspection) pointer(v reflect.Value, levels int) error {
	if v.IsNil() {
		return nil
	}
	if elem := v.Elem(); mayBeNull(elem.Type()) {
		if isNull(elem) {
			return fmt.Errorf("a pointer to a %s that is nil or zero would arrive as a nil pointer; use one, or no pointer", elem.Type())
		}
		levels-- // or a type P *P would never use up a level
	}
	return in.value(v.Elem(), levels)
}

// time looks at a time. RFC 3339 has years of four digits, and offsets of whole minutes below a
// day.
func (in *inspection) time(at time.Time) error {
	if at.IsZero() {
		return nil
	}
	if _, offset := at.Zone(); offset%60 != 0 || offset <= -24*3600 || offset >= 24*3600 {
		in.utc = true
		at = at.UTC()
	}
	for _, at := range []time.Time{at, at.UTC()} { // Another time of the event may require UTC.
		if year := at.Year(); year < 0 || year > 9999 {
			return fmt.Errorf("the time %s is in the year %d, and only those of the years 0 to 9999 can be sent", at, year)
		}
	}
	return nil
}

// structInspection is how to inspect the values of a struct type.
type structInspection struct {
	fields []int // the fields to inspect
	depth  int   // how deep the others nest
}

var structInspections memo[structInspection]

func newStructInspection(t reflect.Type) structInspection {
	p := structInspection{depth: 1}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Name == "_" || tagOf(f).skips() || !f.IsExported() && !f.Anonymous {
			continue
		}
		if known := traitsOf(f.Type); known.inspected {
			p.fields = append(p.fields, i)
		} else {
			p.depth = max(p.depth, 1+known.depth)
		}
	}
	return p
}

var sendableTypes memo[error]

// sendable returns why values of t in an any cannot be sent, or nil.
func sendable(t reflect.Type) error {
	return sendableTypes.get(t, func(t reflect.Type) error {
		_, err := layoutOf(t, "any("+t.String()+")")
		return err
	})
}

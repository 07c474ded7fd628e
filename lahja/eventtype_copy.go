package lahja

import (
	"bytes"
	"reflect"
)

// A copier replaces, in a copy of a struct, what that shares with the original by memory of
// its own. It is for types that arrive as they were sent (traits.changing is false), so
// it meets no interface, no marshaller and no recursion.
type copier func(v reflect.Value)

// copied returns data, a value of the type, in memory of its own: whoever broadcast it may
// change what it refers to.
func (d *description) copied(data any) any {
	if d.copier == nil {
		return data
	}
	own := reflect.New(d.Go)
	own.Elem().Set(reflect.ValueOf(data))
	d.copier(own.Elem())
	return own.Interface()
}

// copierOf returns the copier of t, nil where a copy shares nothing.
func copierOf(t reflect.Type) copier {
	switch t.Kind() {
	case reflect.Slice:
		return copierOfSlice(t)
	case reflect.Map:
		return copierOfMap(t)
	case reflect.Pointer:
		inner := copierOf(t.Elem())
		return func(v reflect.Value) {
			if v.IsNil() {
				return
			}
			own := reflect.New(t.Elem())
			own.Elem().Set(v.Elem())
			inner.apply(own.Elem())
			v.Set(own)
		}
	case reflect.Array:
		return copierOf(t.Elem()).forEach()
	case reflect.Struct:
		return copierOfStruct(t)
	}
	return nil
}

func copierOfSlice(t reflect.Type) copier {
	if t == reflect.TypeFor[[]byte]() {
		return func(v reflect.Value) { v.SetBytes(bytes.Clone(v.Bytes())) }
	}
	each := copierOf(t.Elem()).forEach()
	return func(v reflect.Value) {
		if v.IsNil() {
			return
		}
		own := reflect.MakeSlice(t, v.Len(), v.Len())
		reflect.Copy(own, v)
		each.apply(own)
		v.Set(own)
	}
}

// copierOfMap copies no keys: those that share something cannot be sent.
func copierOfMap(t reflect.Type) copier {
	inner := copierOf(t.Elem())
	return func(v reflect.Value) {
		if v.IsNil() {
			return
		}
		own := reflect.MakeMapWithSize(t, v.Len())
		value := reflect.New(t.Elem()).Elem()
		for entries := v.MapRange(); entries.Next(); {
			value.Set(entries.Value())
			inner.apply(value)
			own.SetMapIndex(entries.Key(), value)
		}
		v.Set(own)
	}
}

func copierOfStruct(t reflect.Type) copier {
	type field struct {
		index int
		copy  copier
	}
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() && !f.Anonymous {
			continue // It is blank.
		}
		if c := copierOf(f.Type); c != nil {
			fields = append(fields, field{i, c})
		}
	}
	if fields == nil {
		return nil
	}
	return func(v reflect.Value) {
		for _, f := range fields {
			f.copy(v.Field(f.index))
		}
	}
}

// forEach is c for all elements, nil where c is.
func (c copier) forEach() copier {
	if c == nil {
		return nil
	}
	return func(v reflect.Value) {
		for i := range v.Len() {
			c(v.Index(i))
		}
	}
}

func (c copier) apply(v reflect.Value) {
	if c != nil {
		c(v)
	}
}

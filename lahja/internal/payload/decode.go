package payload

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/fxamacker/cbor/v2"
)

// Decode decodes data to a pointer to a new value. It keeps nothing of data.
func (t *Type) Decode(data []byte) (v any, err error) {
	defer func() {
		// A peer's data can make a user's unmarshaller panic.
		if p := recover(); p != nil {
			v, err = nil, t.Panicked(p)
		}
	}()
	p := reflect.New(t.Go)
	if err := t.decode(p, data, false); err != nil {
		return nil, err
	}
	return p.Interface(), nil
}

// DecodeNext decodes data to what p points at, which may be the event before. If it may borrow,
// the value may refer to data, and to memory of the event before. It panics if an
// unmarshaller does: guarding each event would cost as much as decoding a small one.
func (t *Type) DecodeNext(p reflect.Value, data []byte, borrow bool) error {
	if t.ownMemory {
		v := reflect.New(t.Go)
		err := t.decode(v, data, borrow)
		p.Elem().Set(v.Elem())
		return err
	}
	_, plain := t.fast.(*plainCodec)  // sets every field
	_, binary := t.fast.(binaryCodec) // can reuse memory
	if !plain && !(binary && borrow) {
		p.Elem().SetZero()
	}
	return t.decode(p, data, borrow)
}

// Panicked returns the error for an unmarshaller that panicked with value.
func (t *Type) Panicked(value any) error {
	return fmt.Errorf("an unmarshaller in %s panicked: %v", t.Go, value)
}

// decode decodes data to what p points at. That is zero, or possibly the event before for a
// plainCodec, or for a binaryCodec that may borrow.
func (t *Type) decode(p reflect.Value, data []byte, borrow bool) error {
	if t.fast != nil {
		ok, err := t.fast.decode(data, p, borrow)
		if err != nil {
			return t.misfit(data, "", err)
		}
		if ok {
			return nil
		}
	}
	if err := decMode.Unmarshal(data, p.Interface()); err != nil {
		at := ""
		if typed, ok := errors.AsType[*cbor.UnmarshalTypeError](err); ok && typed.StructFieldName != "" {
			at = ", at field " + typed.StructFieldName
		}
		return t.misfit(data, at, err)
	}
	return nil
}

func (t *Type) misfit(data []byte, at string, err error) error {
	return fmt.Errorf("%d bytes do not decode to %s%s: %w", len(data), t.Go, at, err)
}

// isolated reports whether no part of a value can refer to another part of it. Values of other
// types are decoded to memory of their own: a user's unmarshaller may make one refer to itself.
func isolated(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice:
		return flat(t.Elem()) // There is no array that it could be a part of.
	case reflect.Struct:
		for i := range t.NumField() {
			if !isolated(t.Field(i).Type) {
				return false
			}
		}
		return true
	case reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Uintptr:
		return false
	}
	return flat(t)
}

func flat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Struct, reflect.Slice, reflect.Array, reflect.Map:
		return false
	}
	return true
}

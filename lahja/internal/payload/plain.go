package payload

import (
	"bytes"
	"math"
	"reflect"
	"unsafe"
)

// plainCodec is for structs whose fields are numbers, texts, bytes and booleans. It writes a
// map from names to values, in the order of the fields.
type plainCodec struct {
	head   []byte
	fields []plainField
}

type plainField struct {
	index int
	kind  reflect.Kind
	key   []byte
}

// newPlainCodec returns nil for other structs, and for structs with tags: the general codec
// knows what all of these mean.
func newPlainCodec(t reflect.Type) *plainCodec {
	c := &plainCodec{}
	for i := range t.NumField() {
		f := t.Field(i)
		switch {
		case f.Anonymous && f.Type.Kind() == reflect.Struct && f.Type.NumField() == 0 && !codingOf(f.Type).own:
			continue // such as the type of a request's answer
		case f.Anonymous || f.Tag.Get("cbor") != "" || f.Tag.Get("json") != "":
			return nil
		case !f.IsExported():
			continue
		}
		kind, ok := plainKind(f.Type)
		if !ok {
			return nil
		}
		c.fields = append(c.fields, plainField{index: i, kind: kind, key: append(appendHead(nil, cborText, uint64(len(f.Name))), f.Name...)})
	}
	c.head = appendHead(nil, cborMap, uint64(len(c.fields)))
	if !c.agrees(t) {
		return nil
	}
	return c
}

// agrees reports whether the general codec encodes a zero value to the same bytes.
func (c *plainCodec) agrees(t reflect.Type) bool {
	zero := reflect.Zero(t)
	theirs, err := encMode.Marshal(zero.Interface())
	ours, ok, _ := c.append(nil, zero)
	return err == nil && ok && bytes.Equal(theirs, ours)
}

// plainKind returns how a field is encoded: Int64 for all signed and Uint64 for all unsigned
// integers, Slice for bytes, or the field's own kind.
func plainKind(t reflect.Type) (reflect.Kind, bool) {
	if t.PkgPath() != "" && codingOf(t).own {
		return 0, false
	}
	switch kind := t.Kind(); kind {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64:
		return kind, true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return reflect.Int64, true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return reflect.Uint64, true
	case reflect.Slice:
		return kind, t.Elem() == reflect.TypeFor[byte]()
	}
	return 0, false
}

func (c *plainCodec) append(dst []byte, v reflect.Value) ([]byte, bool, error) {
	dst = append(dst, c.head...)
	for i := range c.fields {
		f := &c.fields[i]
		dst = append(dst, f.key...)
		field := v.Field(f.index)
		switch f.kind {
		case reflect.Bool:
			dst = append(dst, cborFalse)
			if field.Bool() {
				dst[len(dst)-1] = cborTrue
			}
		case reflect.Int64:
			dst = appendInt(dst, field.Int())
		case reflect.Uint64:
			dst = appendHead(dst, cborUnsigned, field.Uint())
		case reflect.Float32:
			dst = appendFloat32(dst, float32(field.Float()))
		case reflect.Float64:
			dst = appendFloat64(dst, field.Float())
		case reflect.String:
			s := field.String()
			dst = append(appendHead(dst, cborText, uint64(len(s))), s...)
		case reflect.Slice:
			if field.IsNil() {
				dst = append(dst, cborNull)
				continue
			}
			b := field.Bytes()
			dst = append(appendHead(dst, cborBytes, uint64(len(b))), b...)
		}
	}
	return dst, true, nil
}

func (c *plainCodec) decode(data []byte, p reflect.Value, borrow bool) (bool, error) {
	v := p.Elem()
	rest, ok := bytes.CutPrefix(data, c.head)
	if !ok {
		return false, nil
	}
	in := cborReader{rest: rest}
	for i := range c.fields {
		f := &c.fields[i]
		if in.rest, ok = bytes.CutPrefix(in.rest, f.key); !ok || !in.set(f.kind, v.Field(f.index), borrow) {
			v.SetZero()
			return false, nil
		}
	}
	if len(in.rest) > 0 {
		v.SetZero()
		return false, nil
	}
	return true, nil
}

// set reads one value into a field of the kind, and reports whether it is of that kind. If it may
// borrow, texts and bytes alias the data.
func (in *cborReader) set(kind reflect.Kind, field reflect.Value, borrow bool) bool {
	switch kind {
	case reflect.Bool:
		b := in.byte()
		field.SetBool(b == cborTrue)
		return b == cborTrue || b == cborFalse
	case reflect.Int64:
		n, ok := in.int()
		ok = ok && !field.OverflowInt(n)
		if ok {
			field.SetInt(n)
		}
		return ok
	case reflect.Uint64:
		n := in.head(cborUnsigned)
		ok := !in.failed && !field.OverflowUint(n)
		if ok {
			field.SetUint(n)
		}
		return ok
	case reflect.Float32:
		field.SetFloat(float64(math.Float32frombits(uint32(in.fixed(cborFloat32, 4)))))
	case reflect.Float64:
		field.SetFloat(math.Float64frombits(in.fixed(cborFloat64, 8)))
	case reflect.String:
		b := in.bytes(cborText)
		if borrow {
			field.SetString(unsafe.String(unsafe.SliceData(b), len(b)))
		} else {
			field.SetString(string(b))
		}
	case reflect.Slice:
		if len(in.rest) > 0 && in.rest[0] == cborNull {
			in.rest = in.rest[1:]
			return true
		}
		b := in.bytes(cborBytes)
		if !in.failed && !borrow {
			content := make([]byte, len(b))
			copy(content, b)
			b = content
		}
		if !in.failed {
			field.SetBytes(b)
		}
	}
	return !in.failed
}

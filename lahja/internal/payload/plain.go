package payload

import (
	"bytes"
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
	index  int
	offset uintptr // in the struct
	bits   int     // of a number
	kind   reflect.Kind
	key    []byte
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
		c.fields = append(c.fields, plainField{index: i, offset: f.Offset, bits: int(8 * f.Type.Size()), kind: kind,
			key: append(appendHead(nil, cborText, uint64(len(f.Name))), f.Name...)})
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

// decode sets every field that can be set, so that what p points at need not be zero.
func (c *plainCodec) decode(data []byte, p reflect.Value, borrow bool) (bool, error) {
	in := cborReader{rest: data}
	if !in.skip(c.head) || !c.decodeTo(p.UnsafePointer(), &in, borrow) || len(in.rest) > 0 {
		p.Elem().SetZero()
		return false, nil
	}
	return true, nil
}

func (c *plainCodec) decodeTo(start unsafe.Pointer, in *cborReader, borrow bool) bool {
	for i := range c.fields {
		f := &c.fields[i]
		if !in.skip(f.key) || !in.set(unsafe.Add(start, f.offset), f, borrow) {
			return false
		}
	}
	return true
}

// set reads one value into a field, and reports whether it is of its kind. If it may borrow, texts
// and bytes alias the data. It does not use reflect.Value, which took 1.4 times as long.
func (in *cborReader) set(at unsafe.Pointer, f *plainField, borrow bool) bool {
	switch f.kind {
	case reflect.Bool:
		b := in.byte()
		*(*bool)(at) = b == cborTrue
		return b == cborTrue || b == cborFalse
	case reflect.Int64:
		n, ok := in.int()
		return ok && setInt(at, f.bits, n)
	case reflect.Uint64:
		n := in.head(cborUnsigned)
		return !in.failed && setUint(at, f.bits, n)
	case reflect.Float32:
		*(*uint32)(at) = uint32(in.fixed(cborFloat32, 4))
	case reflect.Float64:
		*(*uint64)(at) = in.fixed(cborFloat64, 8)
	case reflect.String:
		b := in.bytes(cborText)
		if borrow {
			*(*string)(at) = unsafe.String(unsafe.SliceData(b), len(b))
		} else {
			*(*string)(at) = string(b)
		}
	case reflect.Slice:
		if len(in.rest) > 0 && in.rest[0] == cborNull {
			in.rest = in.rest[1:]
			*(*[]byte)(at) = nil
			return true
		}
		b := in.bytes(cborBytes)
		if !in.failed && !borrow {
			content := make([]byte, len(b))
			copy(content, b)
			b = content
		}
		*(*[]byte)(at) = b
	}
	return !in.failed
}

// setInt sets a number of so many bits, and reports whether n fits it.
func setInt(at unsafe.Pointer, bits int, n int64) bool {
	switch bits {
	case 64:
		return store[int64](at, n)
	case 32:
		return store[int32](at, n)
	case 16:
		return store[int16](at, n)
	}
	return store[int8](at, n)
}

// setUint is setInt without signs.
func setUint(at unsafe.Pointer, bits int, n uint64) bool {
	switch bits {
	case 64:
		return store[uint64](at, n)
	case 32:
		return store[uint32](at, n)
	case 16:
		return store[uint16](at, n)
	}
	return store[uint8](at, n)
}

// store stores n as a Field, and reports whether that holds it.
func store[Field, N int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](at unsafe.Pointer, n N) bool {
	f := Field(n)
	*(*Field)(at) = f
	return N(f) == n
}

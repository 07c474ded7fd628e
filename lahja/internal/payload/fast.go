package payload

import (
	"encoding"
	"reflect"

	"github.com/fxamacker/cbor/v2"
)

// fastCodec encodes and decodes the values of one type, to and from the same bytes as the
// general codec. It leaves whatever it would not have written itself to the general codec, so that
// the two accept the same data.
type fastCodec interface {
	// append appends the encoded v, which is of the type. If ok is false, the general codec must
	// encode it.
	append(dst []byte, v reflect.Value) (_ []byte, ok bool, err error)
	// decode sets what p points at. That is zero, or for some codecs possibly the event before;
	// see Type.DecodeNext. If decode may borrow, the value refers to data instead of a copy. If
	// ok is false, the value is zero, and the general codec must decode data from the beginning.
	decode(data []byte, p reflect.Value, borrow bool) (ok bool, err error)
}

// newFastCodec returns nil for types that only the general codec handles.
func newFastCodec(t reflect.Type) fastCodec {
	if t.Kind() != reflect.Struct {
		return nil
	}
	if codingOf(t).own {
		if isBinary(t) {
			return binaryCodec{}
		}
		return nil
	}
	if plain := newPlainCodec(t); plain != nil {
		return plain
	}
	return nil
}

// isBinary reports whether values of t, and not only pointers to them, encode themselves by
// MarshalBinary.
func isBinary(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return codingOf(t).problem == "" &&
		!p.Implements(reflect.TypeFor[cbor.Marshaler]()) && !p.Implements(reflect.TypeFor[cbor.Unmarshaler]()) &&
		t.Implements(reflect.TypeFor[encoding.BinaryMarshaler]()) && p.Implements(reflect.TypeFor[encoding.BinaryUnmarshaler]())
}

package lahja

import (
	"encoding"
	"reflect"
	"sync"

	"github.com/fxamacker/cbor/v2"
)

// Most events are flat structs, or have a binary form of their own. For these there is
// a way past the codec's reflection, which makes the same bytes. What it meets that is
// not just as it would write it itself it leaves to the codec, so that the two cannot
// differ in what they take.

// fastCodec encodes and decodes the values of one type.
type fastCodec interface {
	// append appends the encoded v, which is of the type. With ok false the codec has
	// to do it.
	append(dst []byte, v reflect.Value) (_ []byte, ok bool, err error)
	// decode sets what p points at, which is zero, or where it may borrow perhaps the event
	// before. Then the value refers to data afterwards instead of a copy. With ok false it
	// is zero, and the codec has to decode from the beginning.
	decode(data []byte, p reflect.Value, borrow bool) (ok bool, err error)
}

var fastCodecs sync.Map // reflect.Type to fastCodec, nil where there is none

func fastCodecOf(t reflect.Type) fastCodec {
	if c, ok := fastCodecs.Load(t); ok {
		codec, _ := c.(fastCodec)
		return codec
	}
	c := newFastCodec(t)
	fastCodecs.Store(t, c)
	return c
}

func newFastCodec(t reflect.Type) fastCodec {
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

// isBinary tells whether values of t encode themselves by MarshalBinary, and values
// and not only pointers do.
func isBinary(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return codingOf(t).problem == "" && t.Kind() == reflect.Struct &&
		!p.Implements(reflect.TypeFor[cbor.Marshaler]()) && !p.Implements(reflect.TypeFor[cbor.Unmarshaler]()) &&
		t.Implements(reflect.TypeFor[encoding.BinaryMarshaler]()) && p.Implements(reflect.TypeFor[encoding.BinaryUnmarshaler]())
}

// binaryCodec is for types that have a binary form: a byte string of it.
type binaryCodec struct{}

func (binaryCodec) append(dst []byte, v reflect.Value) ([]byte, bool, error) {
	value := v.Interface()
	if appender, ok := value.(encoding.BinaryAppender); ok {
		return appendOwn(dst, appender)
	}
	data, err := value.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return dst, true, err
	}
	return append(appendHead(dst, cborBytes, uint64(len(data))), data...), true, nil
}

// appendOwn has the event appended behind room for the longest head that is likely,
// and moves it where that was too much.
func appendOwn(dst []byte, appender encoding.BinaryAppender) ([]byte, bool, error) {
	const room = 3
	start := len(dst)
	var head [9]byte
	out, err := appender.AppendBinary(append(dst, head[:room]...))
	if err != nil {
		return dst, true, err
	}
	if len(out) < start+room {
		return dst, false, nil // it does not append; MarshalBinary may do better
	}
	h := appendHead(head[:0], cborBytes, uint64(len(out)-start-room))
	if extra := len(h) - room; extra > 0 {
		out = append(out, head[:extra]...)
	}
	data := out[start+room : len(out)-max(0, len(h)-room)]
	out = out[:start+len(h)+len(data)]
	copy(out[start+len(h):], data)
	copy(out[start:], h)
	return out, true, nil
}

func (binaryCodec) decode(data []byte, p reflect.Value, _ bool) (bool, error) {
	in := cborReader{rest: data}
	content := in.bytes(cborBytes)
	if in.failed || len(in.rest) > 0 {
		p.Elem().SetZero() // It may be another event's.
		return false, nil
	}
	return true, p.Interface().(encoding.BinaryUnmarshaler).UnmarshalBinary(content)
}

package payload

import (
	"encoding"
	"reflect"
)

// binaryCodec is for types with a binary form, which it sends as a byte string.
type binaryCodec struct{}

func (binaryCodec) append(dst []byte, v reflect.Value) ([]byte, bool, error) {
	value := v.Interface()
	if appender, ok := value.(encoding.BinaryAppender); ok {
		return appendBinary(dst, appender)
	}
	data, err := value.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return dst, true, err
	}
	return append(appendHead(dst, cborBytes, uint64(len(data))), data...), true, nil
}

// appendBinary leaves room for a likely head, has the value appended after it, and moves the value
// if its head takes more or less.
func appendBinary(dst []byte, appender encoding.BinaryAppender) ([]byte, bool, error) {
	const room = 3
	start := len(dst)
	var head [9]byte
	out, err := appender.AppendBinary(append(dst, head[:room]...))
	if err != nil {
		return dst, true, err
	}
	if len(out) < start+room {
		return dst, false, nil // It does not append; MarshalBinary may do better.
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

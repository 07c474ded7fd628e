package bench

import "github.com/fxamacker/cbor/v2"

// codec encodes events for systems without a codec of their own. It is the bus's codec with
// the same options, without the bus's faster code for flat structs.
type codec struct {
	encode func(body) ([]byte, error)
	// decode reuses the memory of the previous event.
	decode func([]byte, *body) error
}

// These are the bus's own options, as far as they affect such events.
var (
	cborEncoding = must(cbor.EncOptions{IndefLength: cbor.IndefLengthForbidden}.EncMode())
	cborDecoding = must(cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		UTF8:              cbor.UTF8DecodeInvalid,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
	}.DecMode())
)

func must[T any](v T, err error) T {
	if err != nil {
		panic("bench: the codec's options: " + err.Error())
	}
	return v
}

var codecs = map[string]codec{
	DefaultCodec: {
		encode: func(b body) ([]byte, error) { return cborEncoding.Marshal(Event(b)) },
		decode: func(data []byte, b *body) error { return cborDecoding.Unmarshal(data, (*Event)(b)) },
	},
	BinaryCodec: {
		encode: func(b body) ([]byte, error) { return BinaryEvent(b).MarshalBinary() },
		decode: func(data []byte, b *body) error { return (*BinaryEvent)(b).UnmarshalBinary(data) },
	},
}

func codecOf(name string) codec { return codecs[name] }

package bench

import "github.com/fxamacker/cbor/v2"

// codec is how a system that has none of its own gets events into bytes: as the bus
// does.
type codec struct {
	encode func(body) ([]byte, error)
	decode func([]byte) (body, error)
}

// The options of the bus that concern such events.
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
		decode: func(data []byte) (body, error) {
			var e Event
			err := cborDecoding.Unmarshal(data, &e)
			return body(e), err
		},
	},
	BinaryCodec: {
		encode: func(b body) ([]byte, error) { return BinaryEvent(b).MarshalBinary() },
		decode: func(data []byte) (body, error) {
			var e BinaryEvent
			err := e.UnmarshalBinary(data)
			return body(e), err
		},
	},
}

func codecOf(name string) codec { return codecs[name] }

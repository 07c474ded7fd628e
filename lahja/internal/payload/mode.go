package payload

import "github.com/fxamacker/cbor/v2"

const (
	// maxElements bounds one array or map, for encoding and decoding alike. An element takes at
	// least one byte, so only payloads with more bytes (16 MiB) are checked before they are sent.
	maxElements = 1 << 24
	// maxDepth bounds nesting, for encoding and decoding alike: deeper than data gets, and
	// shallow enough for any stack.
	maxDepth = 512
)

// With the options below, and what inspection refuses or changes, whatever encodes decodes to
// the same value:
//
//   - Times keep their instant to the nanosecond, and lose their monotonic clock and the
//     name of their zone. They keep their offset, unless an event holds one that RFC 3339
//     cannot express (such as 19 min 32 s, or a day): then all times of the event are sent in UTC.
//     Years outside 0 to 9999 are refused.
//   - Text is the bytes of a Go string, valid UTF-8 or not. NaN stays NaN.
//   - A type's own encoding holds: MarshalCBOR, MarshalBinary or MarshalText, in this order.
//   - In a field of type any, a struct or a map arrives as map[any]any, a slice or an array as
//     []any (of bytes as []byte), an integer as int64 (big.Int if that is too small), a float as
//     float64, and a zero time or a nil of any type as nil.
//
// The encoder never writes what decoding forbids: duplicate keys and indefinite lengths. Decoding
// ignores fields that the receiver's type does not have.
var (
	encMode    = encodingTimes(cbor.TimeRFC3339Nano)
	encModeUTC = encodingTimes(cbor.TimeRFC3339NanoUTC)
	decMode    = must(cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		MaxNestedLevels:   maxDepth,
		MaxArrayElements:  maxElements,
		MaxMapPairs:       maxElements,
		IndefLength:       cbor.IndefLengthForbidden,
		IntDec:            cbor.IntDecConvertSignedOrBigInt,
		UTF8:              cbor.UTF8DecodeInvalid,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
		TextUnmarshaler:   cbor.TextUnmarshalerTextString,
	}.DecMode())
)

func encodingTimes(as cbor.TimeMode) cbor.EncMode {
	return must(cbor.EncOptions{
		Time:          as,
		TimeTag:       cbor.EncTagRequired,
		NaNConvert:    cbor.NaNConvertNone,
		InfConvert:    cbor.InfConvertNone,
		IndefLength:   cbor.IndefLengthForbidden,
		ByteArray:     cbor.ByteArrayToByteSlice,
		TextMarshaler: cbor.TextMarshalerTextString,
	}.EncMode())
}

func must[T any](v T, err error) T {
	if err != nil {
		panic("payload: the codec's options: " + err.Error())
	}
	return v
}

// WellFormed reports whether some endpoint could have encoded data, for whatever type.
func WellFormed(data []byte) bool { return decMode.Wellformed(data) == nil }

package lahja

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/fxamacker/cbor/v2"
)

// codecName is how the hello calls the one codec. Endpoints of different codecs
// refuse each other.
const codecName = "cbor"

const (
	// maxElements bounds one array or map, in both directions alike. An
	// element takes a byte at least, so that only payloads above it (16 MiB)
	// have to be looked through before they are sent.
	maxElements = 1 << 24
	// maxDepth bounds nesting, in both directions alike: deeper than data
	// gets, and shallow enough for any stack.
	maxDepth = 512
)

// With the options below, and what inspection refuses or changes, whatever encodes
// decodes to the same value:
//
//   - times keep their instant to the nanosecond and lose their monotonic clock and
//     the name of their zone. They keep their offset, unless an event holds one that
//     RFC 3339 has no form for (such as 19 min 32 s, or a day): then all of the event's
//     times are sent in UTC. Years other than 0 to 9999 are refused;
//   - text is the bytes of a Go string, valid UTF-8 or not, NaN stays NaN;
//   - what a type says about its own encoding holds: MarshalCBOR, MarshalBinary
//     or MarshalText, in this order;
//   - in a field of type any, a struct or a map arrives as map[any]any, a slice or
//     an array as []any (of bytes as []byte), an integer as int64 (big.Int where that
//     is too small), a float as float64, and a zero time or a nil of any type as nil.
//
// Nobody's encoder makes what is forbidden: duplicate keys, indefinite lengths.
// Fields that the receiver's type does not have are ignored.
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
		panic("lahja: the codec's options: " + err.Error())
	}
	return v
}

// appendPayload appends the encoded v, a value of the type described or a pointer to one.
// What it encodes a peer's decodePayload takes, unless the type is doubtful: then decodeOwn
// finds out.
func (described *description) appendPayload(dst []byte, v any) (data []byte, err error) {
	fail := func(detail string, err error) ([]byte, error) {
		return nil, &Error{Op: "encode", Event: described.Name, Kind: ErrInvalid, Detail: detail, Err: err}
	}
	value := reflect.ValueOf(v)
	for value.Kind() == reflect.Pointer {
		if value.IsNil() {
			return fail("the event is a nil pointer; pass a value", nil)
		}
		value = value.Elem()
	}
	defer func() {
		// A marshaller of the user's must not take the endpoint with it.
		if p := recover(); p != nil {
			data, err = fail(fmt.Sprintf("a marshaller in %s panicked: %v", described.Go, p), nil)
		}
	}()
	if described.fast != nil {
		var ok bool
		if data, ok, err = described.fast.append(dst, value); err != nil {
			return fail("", err)
		}
		if ok {
			return data, nil
		}
	}
	switch data, err = encodeValue(value); {
	case errors.Is(err, errTooDeep):
		return fail(fmt.Sprintf("a value of %s nests deeper than %d levels, or contains itself; send a flat slice instead",
			described.Go, maxDepth), nil)
	case err != nil:
		return fail(misfit(value), err)
	}
	if len(data) > maxElements {
		if err := decMode.Wellformed(data); err != nil {
			return fail(fmt.Sprintf("a slice or a map has more than %d elements", maxElements), err)
		}
	}
	if dst == nil {
		return data, nil
	}
	return append(dst, data...), nil
}

// decodeOwn decodes what appendPayload made, as a peer would.
func (described *description) decodeOwn(data []byte) (any, error) {
	v, err := decodeWith(described.fast, described.Go, data)
	if err != nil {
		return nil, &Error{Op: "encode", Event: described.Name, Kind: ErrInvalid, Detail: "it encodes, but does not decode: an any holds a map " +
			"whose keys are no numbers, texts or truth values, or two keys of a map are one on the wire, or an unmarshaller refuses it", Err: err}
	}
	return v, nil
}

// encodeValue encodes v, of any type, by the codec.
func encodeValue(v reflect.Value) ([]byte, error) {
	in, err := inspect(v)
	switch {
	case err != nil:
		return nil, err
	case in.utc:
		return encModeUTC.Marshal(v.Interface())
	}
	return encMode.Marshal(v.Interface())
}

// misfit says which field of an event that does not encode is to blame, nothing where that
// is not known. The codec names only what it met, which may be deep in an any.
func misfit(event reflect.Value) string {
	t := event.Type()
	if codingOf(t).own {
		return ""
	}
	fields, _ := sentFields(t, t.String()) // looked over when the type was
	for _, f := range fields {
		field, err := event.FieldByIndexErr(f.index)
		if err != nil {
			continue // of an embedded nil pointer, of which nothing is sent
		}
		if _, err := encodeValue(field); err != nil {
			return fmt.Sprintf("field %s holds what cannot be encoded; give it what can be", f.path)
		}
	}
	return ""
}

// decodePayload decodes data to a pointer to a value of type t, a struct. It keeps
// nothing of data. What does not decode is ErrMalformed, with the field where it is known.
func decodePayload(t reflect.Type, data []byte) (v any, err error) {
	return decodeWith(fastCodecOf(t), t, data)
}

// decodeWith is decodePayload where the type's fast codec, or nil, is at hand.
func decodeWith(fast fastCodec, t reflect.Type, data []byte) (any, error) {
	p := reflect.New(t)
	if err := decodeInto(fast, p, data); err != nil {
		return nil, err
	}
	return p.Interface(), nil
}

// decodeInto decodes data to what p, a reflected pointer, points at, which is zero.
func decodeInto(fast fastCodec, p reflect.Value, data []byte) (err error) {
	defer func() {
		// An unmarshaller of the user's that panics is fed by a peer.
		if v := recover(); v != nil {
			err = unmarshallerPanicked(p.Type().Elem(), v)
		}
	}()
	return decodeUnguarded(fast, p, data, false)
}

func unmarshallerPanicked(t reflect.Type, value any) error {
	return &Error{Op: "decode", Kind: ErrMalformed, Detail: fmt.Sprintf("an unmarshaller in %s panicked: %v", t, value)}
}

// decodeUnguarded is decodeInto, but panics where an unmarshaller of the user's does. Where
// it may borrow, the value may refer to data afterwards.
func decodeUnguarded(fast fastCodec, p reflect.Value, data []byte, borrow bool) error {
	if fast != nil {
		ok, err := fast.decode(data, p, borrow)
		if err != nil {
			return &Error{Op: "decode", Kind: ErrMalformed, Detail: doesNotDecode(data, p), Err: err}
		}
		if ok {
			return nil
		}
	}
	if err := decMode.Unmarshal(data, p.Interface()); err != nil {
		detail := doesNotDecode(data, p)
		if typed, ok := errors.AsType[*cbor.UnmarshalTypeError](err); ok && typed.StructFieldName != "" {
			detail += ", at field " + typed.StructFieldName
		}
		return &Error{Op: "decode", Kind: ErrMalformed, Detail: detail, Err: err}
	}
	return nil
}

func doesNotDecode(data []byte, p reflect.Value) string {
	return fmt.Sprintf("%d bytes do not decode to %s", len(data), p.Type().Elem())
}

func flat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Struct, reflect.Slice, reflect.Array, reflect.Map:
		return false
	}
	return true
}

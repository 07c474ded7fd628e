package tap

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// decoding accepts everything that an endpoint's codec produces, and decodes it to Go values
// without the event's type.
var decoding = func() cbor.DecMode {
	mode, err := cbor.DecOptions{MaxNestedLevels: 512, MaxArrayElements: 1 << 24, MaxMapPairs: 1 << 24,
		IntDec: cbor.IntDecConvertSignedOrBigInt, UTF8: cbor.UTF8DecodeInvalid}.DecMode()
	if err != nil {
		panic("tap: the decoder's options: " + err.Error())
	}
	return mode
}()

// decode turns a payload into values that can be printed as JSON.
func decode(payload []byte) (any, error) {
	if items(payload) > maxItems {
		return nil, fmt.Errorf("%d bytes hold more than %d values, too many to show", len(payload), maxItems)
	}
	var v any
	if err := decoding.Unmarshal(payload, &v); err != nil {
		return nil, fmt.Errorf("%d bytes are no CBOR: %w", len(payload), err)
	}
	return printable(v), nil
}

// maxItems is the largest number of values in a payload that is shown: a value of one byte takes
// more than a hundred when decoded.
const maxItems = 1 << 20

// items counts the values in a payload. If the payload is not CBOR, it may count a few too many.
func items(payload []byte) (n int) {
	for ; len(payload) > 0; n++ {
		major, argument := payload[0]>>5, uint64(payload[0]&31)
		payload = payload[1:]
		if argument >= 24 {
			size := min(len(payload), 1<<min(argument-24, 3))
			argument = 0
			for _, b := range payload[:size] {
				argument = argument<<8 | uint64(b)
			}
			payload = payload[size:]
		}
		if major == 2 || major == 3 { // bytes or a text
			payload = payload[min(argument, uint64(len(payload))):]
		}
	}
	return n
}

// printable returns v in JSON's terms: bytes, including a type's own binary form, are base64,
// times are RFC 3339, and numbers that JSON does not have are text.
func printable(v any) any {
	switch v := v.(type) {
	case map[any]any:
		m := make(map[string]any, len(v))
		for key, value := range v {
			m[keyText(key)] = printable(value)
		}
		return m
	case []any:
		for i := range v {
			v[i] = printable(v[i])
		}
		return v
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case cbor.ByteString:
		return base64.StdEncoding.EncodeToString([]byte(v))
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Sprint(v)
		}
	case big.Int:
		return json.Number(v.String())
	case *big.Int:
		return json.Number(v.String())
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case cbor.Tag:
		return map[string]any{"tag": v.Number, "value": printable(v.Content)}
	case cbor.SimpleValue:
		return fmt.Sprintf("simple(%d)", uint8(v))
	}
	return v
}

// keyText returns a map's key as the name of a field.
func keyText(key any) string { return fmt.Sprint(printable(key)) }

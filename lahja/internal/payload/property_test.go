package payload

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"net"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"pgregory.net/rapid"
)

// TestWhateverEncodesArrivesAsItWas draws types and values of them. What encodes must decode, to
// an equal value unless the type's traits say that it may change; and what arrived must arrive
// as it is from there on, so that everybody on the bus sees the same.
func TestWhateverEncodesArrivesAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		of := drawStruct(t, 3)
		if sendable(of) != nil {
			return
		}
		for range 3 {
			v := drawValue(t, of, 4)
			data, err := encodeValue(v)
			if err != nil {
				continue
			}
			got := reflect.New(of)
			if err := decMode.Unmarshal(data, got.Interface()); err != nil {
				if traitsOf(of).doubtful {
					continue // Append finds out
				}
				t.Fatalf("%s: %#v encodes to % x, which does not decode: %v", of, v, data, err)
			}
			if !traitsOf(of).changing && !reflect.DeepEqual(got.Elem().Interface(), v.Interface()) {
				t.Fatalf("%s: %#v arrives as %#v (% x)", of, v, got.Elem(), data)
			}
			again, err := encodeValue(got.Elem())
			if err != nil {
				t.Fatalf("%s: what arrived cannot be sent: %#v: %v", of, got.Elem(), err)
			}
			third := reflect.New(of)
			if err := decMode.Unmarshal(again, third.Interface()); err != nil || !sameWhen(t, third.Elem(), got.Elem()) {
				t.Fatalf("%s: %#v arrived, and then %#v, %v", of, got.Elem(), third.Elem(), err)
			}
		}
	})
}

// sameWhen compares what was decoded. Two decoded times in one zone point to two locations, so
// maps with times as keys are not equal for reflect. It then compares what the values encode
// to, with the keys in order.
func sameWhen(t *rapid.T, a, b reflect.Value) bool {
	if reflect.DeepEqual(a.Interface(), b.Interface()) {
		return true
	}
	first, err := sorted.Marshal(a.Interface())
	if err != nil {
		t.Fatalf("%#v does not encode: %v", a, err)
	}
	second, err := sorted.Marshal(b.Interface())
	if err != nil {
		t.Fatalf("%#v does not encode: %v", b, err)
	}
	return bytes.Equal(first, second)
}

// sorted is the codec, with the keys of maps in order.
var sorted = func() cbor.EncMode {
	options := encMode.EncOptions()
	options.Sort = cbor.SortBytewiseLexical
	return must(options.EncMode())
}()

var (
	drawnScalars = []reflect.Type{
		reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int64](), reflect.TypeFor[uint8](), reflect.TypeFor[uint16](),
		reflect.TypeFor[uint64](), reflect.TypeFor[float32](), reflect.TypeFor[float64](), reflect.TypeFor[string](), reflect.TypeFor[time.Duration](),
		reflect.TypeFor[valueText](), reflect.TypeFor[netip.Addr](), reflect.TypeFor[time.Time](), reflect.TypeFor[any](), reflect.TypeFor[struct{}](),
	}
	drawnOthers = []reflect.Type{reflect.TypeFor[[]byte](), reflect.TypeFor[[3]byte](), reflect.TypeFor[net.IP](), reflect.TypeFor[big.Int](), reflect.TypeFor[*big.Int](),
		reflect.TypeFor[[]valueText](), reflect.TypeFor[codecTree](), reflect.TypeFor[[]valueByte]()}
	drawnTags = []reflect.StructTag{"", "", "", `cbor:",omitempty"`, `json:",omitzero"`, `cbor:"-"`, `cbor:"7,keyasint"`, `json:"name"`}
)

// valueByte is a byte by its kind, and encodes itself.
type valueByte byte

func (b valueByte) MarshalText() ([]byte, error)   { return []byte{'b', byte(b)}, nil }
func (b *valueByte) UnmarshalText(in []byte) error { *b = valueByte(in[1]); return nil }

func drawType(t *rapid.T, depth int) reflect.Type {
	if depth == 0 {
		return rapid.SampledFrom(drawnScalars).Draw(t, "scalar")
	}
	switch rapid.IntRange(0, 8).Draw(t, "kind") {
	case 0:
		return reflect.SliceOf(drawType(t, depth-1))
	case 1:
		return reflect.ArrayOf(rapid.IntRange(0, 3).Draw(t, "length"), drawType(t, depth-1))
	case 2:
		return reflect.PointerTo(drawType(t, depth-1))
	case 3:
		key := drawType(t, depth-1)
		if !key.Comparable() {
			key = reflect.TypeFor[string]()
		}
		return reflect.MapOf(key, drawType(t, depth-1))
	case 4:
		return drawStruct(t, depth-1)
	case 5:
		return rapid.SampledFrom(drawnOthers).Draw(t, "other")
	}
	return rapid.SampledFrom(drawnScalars).Draw(t, "scalar")
}

func drawStruct(t *rapid.T, depth int) reflect.Type {
	var fields []reflect.StructField
	if rapid.IntRange(0, 9).Draw(t, "tuple") == 0 {
		fields = append(fields, reflect.StructField{Name: "_", PkgPath: "payload", Type: reflect.TypeFor[struct{}](), Tag: `cbor:",toarray"`})
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "fields") {
		fields = append(fields, reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: drawType(t, max(depth, 0)),
			Tag: rapid.SampledFrom(drawnTags).Draw(t, "tag")})
	}
	return reflect.StructOf(fields)
}

func drawValue(t *rapid.T, of reflect.Type, depth int) reflect.Value {
	v := reflect.New(of).Elem()
	switch of {
	case reflect.TypeFor[time.Time]():
		at := time.Unix(rapid.Int64Range(-70_000_000_000, 260_000_000_000).Draw(t, "at"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		v.Set(reflect.ValueOf(at.In(time.FixedZone("drawn", rapid.SampledFrom([]int{0, 0, 3600, -60, 1172, 90_000}).Draw(t, "offset")))))
		return v
	case reflect.TypeFor[big.Int]():
		n := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "big"))
		v.Set(reflect.ValueOf(*n.Mul(n, big.NewInt(int64(rapid.IntRange(-1, 1).Draw(t, "sign"))))))
		return v
	case reflect.TypeFor[netip.Addr]():
		addr, _ := netip.AddrFromSlice(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "addr"))
		v.Set(reflect.ValueOf(addr))
		return v
	case reflect.TypeFor[net.IP]():
		v.SetBytes(rapid.SampledFrom([][]byte{nil, {1, 2, 3, 4}, net.IPv6loopback}).Draw(t, "ip"))
		return v
	}
	some := rapid.IntRange(-1, 3).Draw(t, "n") // -1 is nil
	if depth == 0 {
		some = min(some, 0)
	}
	switch of.Kind() {
	case reflect.Bool:
		v.SetBool(some > 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "int"))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(t, "uint"))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, 0.1, -1e30, math.Inf(1), math.SmallestNonzeroFloat32}).Draw(t, "float"))
	case reflect.String:
		v.SetString(string(rapid.SliceOfN(rapid.Byte(), 0, 30).Draw(t, "text")))
	case reflect.Pointer:
		if some >= 0 {
			v.Set(reflect.New(of.Elem()))
			v.Elem().Set(drawValue(t, of.Elem(), depth-1))
		}
	case reflect.Interface:
		if some >= 0 {
			v.Set(drawValue(t, drawType(t, min(depth, 1)), depth-1))
		}
	case reflect.Slice:
		if some >= 0 {
			v.Set(reflect.MakeSlice(of, some, some))
		}
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			v.Index(i).Set(drawValue(t, of.Elem(), max(depth-1, 0)))
		}
	case reflect.Map:
		if some >= 0 {
			v.Set(reflect.MakeMap(of))
		}
		for range some {
			if key := drawValue(t, of.Key(), depth-1); key.Comparable() {
				v.SetMapIndex(key, drawValue(t, of.Elem(), depth-1))
			}
		}
	case reflect.Struct:
		for i := range of.NumField() {
			if of.Field(i).IsExported() {
				v.Field(i).Set(drawValue(t, of.Field(i).Type, max(depth-1, 0)))
			}
		}
	}
	return v
}

// TestFastCodecRoundTrips draws values for a fast codec.
func TestFastCodecRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawValue(t, reflect.TypeFor[plainEvent](), 3)
		data, err := encode(want.Interface())
		if err != nil {
			t.Fatal(err)
		}
		got, err := decode[plainEvent](data)
		if err != nil || !reflect.DeepEqual(*got, want.Interface()) {
			t.Fatalf("got %+v, %v; want %+v", got, err, want)
		}
		theirs, err := encodeValue(want)
		if err != nil || !bytes.Equal(theirs, data) {
			t.Fatalf("% x, want % x, %v", data, theirs, err)
		}
	})
}

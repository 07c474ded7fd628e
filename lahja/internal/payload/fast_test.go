package payload

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"errors"
	"math"
	"reflect"
	"testing"
	"time"
)

// plainEvent has a field of every kind that the fast codec knows.
type plainEvent struct {
	Expects[plainEvent]
	Yes      bool
	Tiny     int8
	Signed   int64
	For      time.Duration
	Small    uint16
	Unsigned uint64
	Half     float32
	Float    float64
	Text     string
	Bytes    []byte
}

// own has a binary form of its own, and appended has one that appends.
type own struct{ Number uint64 }

func (o own) MarshalBinary() ([]byte, error) {
	return binary.BigEndian.AppendUint64(nil, o.Number), nil
}
func (o *own) UnmarshalBinary(data []byte) error {
	if len(data) != 8 {
		return errors.New("eight bytes")
	}
	o.Number = binary.BigEndian.Uint64(data)
	return nil
}

type appended struct{ Content []byte }

func (a appended) MarshalBinary() ([]byte, error)          { return a.AppendBinary(nil) }
func (a appended) AppendBinary(dst []byte) ([]byte, error) { return append(dst, a.Content...), nil }
func (a *appended) UnmarshalBinary(data []byte) error {
	a.Content = bytes.Clone(data)
	return nil
}

var _ encoding.BinaryAppender = appended{}

func FuzzFastCodecEncodesAsTheCodec(f *testing.F) {
	// Large content is small content many times: the fuzzer would do nothing else than
	// make it smaller.
	f.Add(true, int64(-1), uint64(1<<63), 1.5, "grüße", []byte{1}, uint16(1))
	f.Add(false, int64(1<<40), uint64(23), 0.0, "", []byte(nil), uint16(0))
	f.Add(false, int64(255), uint64(24), math.Copysign(0, -1), "\xff", []byte{0, 1}, uint16(35_000))
	f.Fuzz(func(t *testing.T, yes bool, signed int64, unsigned uint64, float float64, text string, content []byte, times uint16) {
		if content = bytes.Repeat(content, int(times)); len(content) > 100_000 {
			return
		}
		for _, v := range []any{
			plainEvent{Yes: yes, Tiny: int8(signed), Signed: signed, For: time.Duration(-signed), Small: uint16(unsigned), Unsigned: unsigned,
				Half: float32(float), Float: float, Text: text, Bytes: content},
			own{unsigned}, appended{content},
		} {
			value := reflect.ValueOf(v)
			fast := newFastCodec(value.Type())
			if fast == nil {
				t.Fatalf("%T has no fast codec", v)
			}
			want, err := encMode.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			got, ok, err := fast.append([]byte("before"), value)
			if err != nil || !ok || !bytes.Equal(got, append([]byte("before"), want...)) {
				t.Errorf("%T: got % x, %v, %v; want % x", v, got, ok, err, want)
			}
			sameDecoded(t, value.Type(), want, false)
		}
	})
}

func FuzzFastCodecDecodesAsTheCodec(f *testing.F) {
	for _, v := range []any{plainEvent{Tiny: -128, Signed: -1, Text: "a", Bytes: []byte{}}, own{5}, appended{[]byte("abc")}} {
		data, err := encMode.Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, v := range []any{plainEvent{}, own{}, appended{}} {
			sameDecoded(t, reflect.TypeOf(v), data, false)
			sameDecoded(t, reflect.TypeOf(v), data, true)
		}
	})
}

// sameDecoded demands that the fast codec decodes data as the codec does, or leaves it
// to it as if it had not tried.
func sameDecoded(t *testing.T, of reflect.Type, data []byte, borrow bool) {
	t.Helper()
	got, want := reflect.New(of), reflect.New(of)
	ok, err := newFastCodec(of).decode(data, got, borrow)
	if !ok {
		if !got.Elem().IsZero() {
			t.Errorf("%s: % x was given up and left %+v", of, data, got.Elem())
		}
		return
	}
	wanted := decMode.Unmarshal(data, want.Interface())
	if (err == nil) != (wanted == nil) {
		t.Errorf("%s: % x: got error %v, want %v", of, data, err, wanted)
	}
	again, _ := encMode.Marshal(got.Interface())
	if wants, _ := encMode.Marshal(want.Interface()); err == nil && !bytes.Equal(again, wants) { // NaN is not equal to itself
		t.Errorf("%s: % x: got %+v, want %+v", of, data, got.Elem(), want.Elem())
	}
}

// TestDecodeNextLeavesNothingOfTheEventBefore decodes over an event with other values everywhere.
func TestDecodeNextLeavesNothingOfTheEventBefore(t *testing.T) {
	full := plainEvent{Yes: true, Tiny: -1, Signed: -2, For: -3, Small: 4, Unsigned: 5, Half: 6, Float: 7, Text: "text", Bytes: []byte("bytes")}
	known, err := Of(reflect.TypeOf(full))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []plainEvent{{}, {Bytes: []byte{}}, full} {
		data, err := encode(want)
		if err != nil {
			t.Fatal(err)
		}
		for _, borrow := range []bool{false, true} {
			got := full
			if err := known.DecodeNext(reflect.ValueOf(&got), data, borrow); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v and %v, want %+v", got, err, want)
			}
		}
	}
}

func TestOnlyPlainTypesHaveAFastCodec(t *testing.T) {
	type tagged struct {
		A int `cbor:"a"`
	}
	type times struct{ At time.Time }
	type nested struct{ Inner plainEvent }
	type embedded struct{ tagged }
	type pointer struct{ To *int }
	for _, v := range []any{tagged{}, times{}, nested{}, embedded{}, pointer{}, codecEverything{}} {
		if newFastCodec(reflect.TypeOf(v)) != nil {
			t.Errorf("%T has a fast codec, which does not know it", v)
		}
	}
}

// BenchmarkFastCodec is what most events cost.
func BenchmarkFastCodec(b *testing.B) {
	for name, v := range map[string]any{"fields": plainEvent{Signed: 1 << 40, Bytes: make([]byte, 100)}, "binary": own{1}} {
		known, err := Of(reflect.TypeOf(v))
		if err != nil {
			b.Fatal(err)
		}
		data, err := encode(v)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("encode/"+name, func(b *testing.B) {
			b.ReportAllocs()
			buffer := make([]byte, 0, 1<<10)
			for b.Loop() {
				_, _ = known.Append(buffer, v)
			}
		})
		b.Run("decode/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = known.Decode(data)
			}
		})
	}
}

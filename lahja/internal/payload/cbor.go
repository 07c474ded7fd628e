package payload

import (
	"encoding/binary"
	"math"
)

// The items of CBOR (RFC 8949) that flat structs need: major types, in the high three bits, and
// some simple values. The meter has the others.
const (
	cborUnsigned = 0 << 5
	cborNegative = 1 << 5
	cborBytes    = 2 << 5
	cborText     = 3 << 5
	cborMap      = 5 << 5

	cborFalse   = 0xf4
	cborTrue    = 0xf5
	cborNull    = 0xf6
	cborFloat32 = 0xfa
	cborFloat64 = 0xfb
)

// appendHead appends a major type and its argument in the shortest form.
func appendHead(dst []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(dst, major|byte(n))
	case n <= math.MaxUint8:
		return append(dst, major|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, major|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(dst, major|27), n)
}

func appendInt(dst []byte, n int64) []byte {
	if n < 0 {
		return appendHead(dst, cborNegative, uint64(^n))
	}
	return appendHead(dst, cborUnsigned, uint64(n))
}

func appendFloat32(dst []byte, f float32) []byte {
	return binary.BigEndian.AppendUint32(append(dst, cborFloat32), math.Float32bits(f))
}

func appendFloat64(dst []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, cborFloat64), math.Float64bits(f))
}

// cborReader reads the items that its caller expects. Once it meets another one it has failed, and
// returns zeros.
type cborReader struct {
	rest   []byte
	failed bool
}

func (in *cborReader) fail() uint64 {
	in.rest, in.failed = nil, true
	return 0
}

// skip skips exactly these bytes, and reports whether they came next.
func (in *cborReader) skip(b []byte) bool {
	if len(in.rest) < len(b) || string(in.rest[:len(b)]) != string(b) {
		return false
	}
	in.rest = in.rest[len(b):]
	return true
}

func (in *cborReader) byte() byte {
	if len(in.rest) == 0 {
		return byte(in.fail())
	}
	b := in.rest[0]
	in.rest = in.rest[1:]
	return b
}

// head reads a major type and returns its argument.
func (in *cborReader) head(major byte) uint64 {
	b := in.byte()
	if in.failed || b&0xe0 != major {
		return in.fail()
	}
	if b &= 0x1f; b < 24 {
		return uint64(b)
	}
	if b > 27 { // an indefinite length, or reserved
		return in.fail()
	}
	return in.number(1 << (b - 24))
}

// number reads a number of n bytes, where n is a power of two.
func (in *cborReader) number(n int) (v uint64) {
	if len(in.rest) < n {
		return in.fail()
	}
	switch b := in.rest; n {
	case 1:
		v = uint64(b[0])
	case 2:
		v = uint64(binary.BigEndian.Uint16(b))
	case 4:
		v = uint64(binary.BigEndian.Uint32(b))
	case 8:
		v = binary.BigEndian.Uint64(b)
	}
	in.rest = in.rest[n:]
	return v
}

// fixed reads a number of n bytes after the byte first.
func (in *cborReader) fixed(first byte, n int) uint64 {
	if in.byte() != first {
		return in.fail()
	}
	return in.number(n)
}

// int reads a signed number. It leaves floats, even whole ones, to the general codec.
func (in *cborReader) int() (int64, bool) {
	negative := len(in.rest) > 0 && in.rest[0]&0xe0 == cborNegative
	major := byte(cborUnsigned)
	if negative {
		major = cborNegative
	}
	n := in.head(major)
	if in.failed || n > math.MaxInt64 {
		return 0, false
	}
	if negative {
		return ^int64(n), true
	}
	return int64(n), true
}

// bytes reads a byte string or a text. The result aliases the data.
func (in *cborReader) bytes(major byte) []byte {
	n := in.head(major)
	if in.failed || n > uint64(len(in.rest)) {
		in.fail()
		return nil
	}
	b := in.rest[:n:n]
	in.rest = in.rest[n:]
	return b
}

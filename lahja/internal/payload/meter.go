package payload

import (
	"bytes"
	"reflect"
	"strconv"
)

// The items of CBOR that only the meter meets.
const (
	cborArray     = 4 << 5
	cborTag       = 6 << 5
	cborSimple    = 7 << 5
	cborUndefined = 0xf7
	cborFloat16   = 0xf9
)

// meter adds up the memory that decoding takes. It reads data as the codec does, and stops where the
// codec would fail.
type meter struct {
	cborReader
	left   int64 // bytes until the limit
	depth  int
	misfit bool // a value does not have the form of its type
}

// take counts n bytes, and reports whether to continue.
func (m *meter) take(n int64) bool {
	m.left -= n
	return m.left >= 0 && !m.failed && !m.misfit
}

// value counts the next value, without the size of its type.
func (m *meter) value(c *cost) {
	if m.depth > maxDepth || !m.take(0) {
		m.fail()
		return
	}
	for c.kind == reflect.Pointer && c.of == byField {
		if m.null() || !m.take(c.elem.size) {
			return
		}
		c = c.elem
	}
	m.depth++
	switch {
	case m.null():
	case c.of != byField:
		m.own(c)
	case c.kind == reflect.Interface:
		m.any()
	default:
		m.typed(c)
	}
	m.depth--
}

// null reads a null, if there is one.
func (m *meter) null() bool {
	if len(m.rest) > 0 && (m.rest[0] == cborNull || m.rest[0] == cborUndefined) {
		m.rest = m.rest[1:]
		return true
	}
	return false
}

func (m *meter) major() byte {
	if len(m.rest) == 0 {
		return byte(m.fail())
	}
	return m.rest[0] & 0xe0
}

// count reads the head of an array or a map, whose entries take at least so many bytes each.
func (m *meter) count(major byte, least int) int64 {
	n := m.head(major)
	if n > uint64(len(m.rest)/least) {
		m.fail()
		return 0
	}
	return int64(n)
}

// own counts a value that its type decodes itself.
func (m *meter) own(c *cost) {
	before := m.rest
	m.skip()
	if m.failed {
		return
	}
	value := before[:len(before)-len(m.rest)]
	m.take(ownEach * int64(len(value)))
	switch c.of {
	case ownTime:
		if value[len(value)-1] != 'Z' {
			m.take(zoneCost)
		}
	case ownRat:
		if bytes.ContainsAny(value, "eEpP") {
			m.take(maxRational)
		}
	}
}

func (m *meter) typed(c *cost) {
	tagged := false
	for ; m.major() == cborTag && !m.failed; tagged = true {
		m.head(cborTag)
	}
	major := m.major()
	switch {
	case c.kind == reflect.String && major == cborText,
		(c.kind == reflect.Slice || c.kind == reflect.Array) && c.elem.kind == reflect.Uint8 && major == cborBytes:
		m.take(int64(len(m.bytes(major))))
	case c.kind == reflect.Slice && major == cborArray:
		n := m.count(cborArray, 1)
		for m.take(n * c.elem.size); n > 0 && m.take(0); n-- {
			m.value(c.elem)
		}
	case c.kind == reflect.Array && major == cborArray:
		for n := m.count(cborArray, 1); n > 0 && m.take(0); n-- {
			m.value(c.elem)
		}
	case c.kind == reflect.Map && major == cborMap:
		n := m.count(cborMap, 2)
		for m.take(mapHead + entries(n, c.key.size, c.elem.size)); n > 0 && m.take(0); n-- {
			m.value(c.key)
			m.value(c.elem)
		}
	case c.kind == reflect.Struct && major == cborMap && c.byPlace == nil:
		m.fields(c)
	case c.kind == reflect.Struct && major == cborArray:
		n := m.count(cborArray, 1)
		for i := int64(0); i < n && m.take(0); i++ {
			if i < int64(len(c.byPlace)) {
				m.field(c.byPlace[i])
			} else {
				m.skip()
			}
		}
	case major == cborSimple:
		m.misfit = m.misfit || !m.simpleFits(c.kind)
		m.skip()
	case c.bits > 0 && (major == cborUnsigned || major == cborNegative):
		signed := c.kind <= reflect.Int64
		bits := c.bits
		if signed {
			bits--
		}
		m.misfit = m.head(major)>>bits > 0 || !signed && major == cborNegative
	case c.bits > 0 && tagged && major == cborBytes: // a large number
		m.skip()
	case (c.kind == reflect.Float32 || c.kind == reflect.Float64) && (major == cborUnsigned || major == cborNegative):
		m.skip()
	default:
		m.misfit = true
	}
}

// simpleFits reports whether a boolean or a float may be a value of the kind.
func (m *meter) simpleFits(k reflect.Kind) bool {
	switch b := m.rest[0]; {
	case b == cborTrue || b == cborFalse:
		return k == reflect.Bool
	case b >= cborFloat16 && b <= cborFloat64:
		return k >= reflect.Int && k <= reflect.Float64
	}
	return true // the codec judges it
}

func (m *meter) fields(c *cost) {
	var space [24]byte
	for n := m.count(cborMap, 2); n > 0 && m.take(0); n-- {
		field, ok := c.fields[string(m.key(space[:0]))]
		if !ok {
			m.skip()
			continue
		}
		m.field(field)
	}
}

func (m *meter) field(f fieldCost) {
	if m.take(f.embedded) {
		m.value(f.cost)
	}
}

// key reads the name of a field (sentField), perhaps into space. It returns nil for other keys.
func (m *meter) key(space []byte) []byte {
	switch major := m.major(); major {
	case cborText:
		return m.bytes(major)
	case cborUnsigned, cborNegative:
		if n, ok := m.int(); ok {
			return strconv.AppendInt(append(space, '#'), n, 10)
		}
		return nil
	}
	m.skip()
	return nil
}

// any counts a value of unknown type.
func (m *meter) any() {
	m.take(anyHead)
	switch major := m.major(); major {
	case cborText, cborBytes:
		m.take(int64(len(m.bytes(major))))
	case cborArray:
		n := m.count(cborArray, 1)
		for m.take(n * sizeOfAny); n > 0 && m.take(0); n-- {
			m.value(anything)
		}
	case cborMap:
		n := m.count(cborMap, 2)
		for m.take(entries(n, sizeOfAny, sizeOfAny)); n > 0 && m.take(0); n-- {
			if major := m.major(); major == cborArray || major == cborMap {
				m.misfit = true // no map can have this key
			}
			m.value(anything)
			m.value(anything)
		}
	case cborTag:
		m.head(cborTag)
		if m.take(zoneCost) {
			m.value(anything)
		}
	default:
		m.skip()
	}
}

var anything = &cost{kind: reflect.Interface, size: sizeOfAny, head: anyHead}

// skip reads a value without counting it.
func (m *meter) skip() {
	for open := uint64(1); open > 0 && !m.failed; open-- {
		switch major := m.major(); major {
		case cborText, cborBytes:
			m.bytes(major)
		case cborArray:
			open += uint64(m.count(major, 1))
		case cborMap:
			open += 2 * uint64(m.count(major, 2))
		case cborTag:
			m.head(major)
			open++
		default:
			m.head(major)
		}
	}
}

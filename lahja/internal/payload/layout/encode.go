package layout

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrMalformed: bytes are not an encoded layout.
var ErrMalformed = errors.New("layout: malformed")

// Encode returns the layout's encoding: the number of nodes, and then each node. Two layouts from
// Minimal have the same encoding exactly if they describe the same structure.
func (l Layout) Encode() []byte {
	dst := binary.AppendUvarint(nil, uint64(len(l)))
	for i := range l {
		dst = l[i].append(dst)
	}
	return dst
}

func (n *Node) append(dst []byte) []byte {
	dst = append(dst, byte(n.Kind))
	switch n.Kind {
	case Own:
		dst = appendText(dst, n.Name)
	case Array:
		dst = binary.AppendUvarint(dst, uint64(n.Len))
	case Struct, Tuple:
		dst = binary.AppendUvarint(dst, uint64(len(n.Fields)))
		for _, f := range n.Fields {
			dst = appendText(dst, f.Name)
		}
	}
	for _, child := range n.children() {
		dst = binary.AppendUvarint(dst, uint64(child))
	}
	return dst
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// Parse reads an encoded layout.
func Parse(data []byte) (Layout, error) {
	d := decoder{rest: data}
	count := d.count()
	if count == 0 {
		d.fail("no nodes")
	}
	l := make(Layout, 0, min(count, 64)) // a count may lie
	for range count {
		if l = append(l, d.node(count)); d.err != nil {
			return nil, d.err
		}
	}
	if len(d.rest) > 0 {
		d.fail("%d bytes too many", len(d.rest))
	}
	if d.err != nil {
		return nil, d.err
	}
	return l, nil
}

// decoder reads an encoding. It keeps its first failure.
type decoder struct {
	rest []byte
	err  error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
		d.rest = nil
	}
}

// number reads an unsigned varint in its shortest form.
func (d *decoder) number() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 || n > 1 && d.rest[n-1] == 0 {
		d.fail("a number that is truncated, too large or too long")
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// count reads the number of the items that follow, which take at least a byte each.
func (d *decoder) count() int {
	n := d.number()
	if n > uint64(len(d.rest)) {
		d.fail("%d of something in %d bytes", n, len(d.rest))
		return 0
	}
	return int(n)
}

func (d *decoder) text() string {
	n := d.count()
	s := string(d.rest[:n])
	d.rest = d.rest[n:]
	return s
}

// index reads a reference to one of so many nodes.
func (d *decoder) index(nodes int) int {
	n := d.number()
	if n >= uint64(nodes) {
		d.fail("a reference to node %d of %d", n, nodes)
		return 0
	}
	return int(n)
}

// node reads one of so many nodes.
func (d *decoder) node(nodes int) Node {
	if len(d.rest) == 0 {
		d.fail("a node is missing")
		return Node{}
	}
	n := Node{Kind: Kind(d.rest[0])}
	d.rest = d.rest[1:]
	switch n.Kind {
	case Own:
		n.Name = d.text()
	case Array:
		n.Len = d.length()
		n.Elem = d.index(nodes)
	case Pointer, Slice:
		n.Elem = d.index(nodes)
	case Map:
		n.Key, n.Elem = d.index(nodes), d.index(nodes)
	case Struct, Tuple:
		n.Fields = d.fields(nodes, n.Kind == Struct)
	default:
		if !n.Kind.valid() {
			d.fail("unknown kind %d", byte(n.Kind))
		}
	}
	return n
}

func (d *decoder) length() int {
	n := d.number()
	if n > 1<<31-1 {
		d.fail("an array of %d", n)
		return 0
	}
	return int(n)
}

func (d *decoder) fields(nodes int, sorted bool) []Field {
	count := d.count()
	if count == 0 {
		return nil
	}
	fields := make([]Field, count)
	for i := range fields {
		fields[i].Name = d.text()
		if d.err == nil && sorted && i > 0 && fields[i-1].Name >= fields[i].Name {
			d.fail("field %q after %q", fields[i].Name, fields[i-1].Name)
		}
		if d.err != nil {
			return nil
		}
	}
	for i := range fields {
		fields[i].Node = d.index(nodes)
	}
	return fields
}

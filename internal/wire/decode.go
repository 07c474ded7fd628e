package wire

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// decoder takes a message apart. Its first failure sticks, and what is taken
// after it is zero, so that only done has to be asked.
type decoder struct {
	what string
	rest []byte
	err  error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s: %s", ErrMalformed, d.what, fmt.Sprintf(format, args...))
		d.rest = nil
	}
}

// bytes takes n bytes, which alias the message.
func (d *decoder) bytes(n int, what string) []byte {
	if n > len(d.rest) {
		d.fail("%s needs %d bytes, %d are left", what, n, len(d.rest))
		return nil
	}
	b := d.rest[:n:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) byte(what string) byte {
	if b := d.bytes(1, what); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uint16(what string) uint16 {
	if b := d.bytes(2, what); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (d *decoder) uint64(what string) uint64 {
	if b := d.bytes(8, what); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) uvarint(what string) uint64 {
	if d.err != nil {
		return 0
	}
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.fail("%s is truncated or overflows", what)
		return 0
	}
	if n != uvarintLen(v) {
		d.fail("%s takes %d bytes where %d do", what, n, uvarintLen(v))
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// text takes a length and as many bytes, which alias the message.
func (d *decoder) text(least, most int, what string) []byte {
	n := d.uvarint(what)
	if d.err != nil {
		return nil
	}
	if n < uint64(least) || n > uint64(most) {
		d.fail("%s of %d bytes; it has %d to %d", what, n, least, most)
		return nil
	}
	return d.bytes(int(n), what)
}

// done says what was wrong, if only that there is more than there should be.
func (d *decoder) done() error {
	if len(d.rest) > 0 {
		d.fail("%d bytes too many", len(d.rest))
	}
	return d.err
}

func uvarintLen(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }

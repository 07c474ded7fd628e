package virtual

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
)

// packet is what arrives at once: a frame of the bus, a piece of something else, or the end.
type packet struct {
	link  *link
	bytes []byte
	read  int // how many of them were
	end   bool
	due   time.Time
}

// String says what arrives.
func (p packet) String() string {
	return fmt.Sprintf("%s gets %s from %s", p.link.to, p.content(), p.link.from)
}

// event reports whether it is one.
func (p packet) event() bool {
	kind, ok := frameKind(p.bytes)
	return ok && kind == wire.Event
}

func (p packet) content() string {
	if p.end {
		return "the end"
	}
	kind, ok := frameKind(p.bytes)
	if !ok {
		return fmt.Sprintf("%d bytes", len(p.bytes))
	}
	if kind == wire.Event {
		if m, err := wire.ParseEvent(p.bytes[headSize:], maxExpansion*len(p.bytes)); err == nil {
			return string(m.TypeBytes)
		}
	}
	return "its " + kind.String()
}

// maxExpansion is how many times as large a compressed payload can be at most.
const maxExpansion = 22

// headSize is the length of a frame, and its kind.
const headSize = 5

// frameKind is the kind of a whole frame.
func frameKind(b []byte) (kind wire.Kind, ok bool) {
	if len(b) < headSize || uint64(binary.BigEndian.Uint32(b)) != uint64(len(b)-4) {
		return 0, false
	}
	kind = wire.Kind(b[4])
	return kind, kind >= wire.Hello && kind <= wire.Earlier
}

// cutter cuts what is written at the ends of frames, so that it does not matter which of them
// were written together. What is no frame is cut as it is written.
type cutter struct {
	left  int // of the frame that was begun
	sizes []int
}

// cut returns the sizes of the pieces, valid until the next call.
func (c *cutter) cut(b []byte) []int {
	c.sizes = c.sizes[:0]
	for len(b) > 0 {
		n := len(b)
		switch {
		case c.left > 0:
			n = min(n, c.left)
			c.left -= n
		case len(b) >= 4:
			whole := 4 + int(binary.BigEndian.Uint32(b))
			n = min(n, whole)
			c.left = whole - n
		}
		c.sizes = append(c.sizes, n)
		b = b[n:]
	}
	return c.sizes
}

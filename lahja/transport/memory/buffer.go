package memory

import "sync"

// smallBuffer is what small messages get first, before a whole buffer.
const smallBuffer = 1 << 10

// The pools keep memory off idle connections: a buffer has bytes, or it has no
// memory.
var (
	smallPool = sync.Pool{New: func() any { return new([smallBuffer]byte) }}
	largePool = sync.Pool{New: func() any { return new([defaultBuffer]byte) }}
)

// buffer is a queue of bytes. The zero value is empty.
type buffer struct {
	data       []byte
	start, end int
	release    func()
}

func (b *buffer) len() int { return b.end - b.start }

// add appends p. The buffer never holds more than limit bytes.
func (b *buffer) add(p []byte, limit int) {
	if b.end+len(p) > len(b.data) {
		b.makeRoom(len(p), limit)
	}
	b.end += copy(b.data[b.end:], p)
}

func (b *buffer) makeRoom(n, limit int) {
	need := b.len() + n
	if need <= len(b.data) {
		b.end = copy(b.data, b.data[b.start:b.end])
		b.start = 0
		return
	}
	var next buffer
	switch {
	case need <= smallBuffer:
		array := smallPool.Get().(*[smallBuffer]byte)
		next.data, next.release = array[:], func() { smallPool.Put(array) }
	case need <= defaultBuffer && limit <= defaultBuffer:
		array := largePool.Get().(*[defaultBuffer]byte)
		next.data, next.release = array[:], func() { largePool.Put(array) }
	default:
		next.data = make([]byte, limit)
	}
	next.end = copy(next.data, b.data[b.start:b.end])
	b.drop()
	*b = next
}

// take moves bytes to p.
func (b *buffer) take(p []byte) int {
	n := copy(p, b.data[b.start:b.end])
	if b.start += n; b.start == b.end {
		b.drop()
	}
	return n
}

// drop empties the buffer and gives its memory back.
func (b *buffer) drop() {
	if b.release != nil {
		b.release()
	}
	*b = buffer{}
}

package lahja

import "sync"

const (
	// segmentSize is how many bytes of events lie in one segment.
	segmentSize = 64 << 10
	// maxSegmented is the largest event that a segment is used for. What is larger
	// gains nothing from it, and would leave much of one empty.
	maxSegmented = segmentSize / 4
)

// segment is memory in which the frames of successive events lie one behind another.
// So a queue needs to know no more of many of them than where the first begins and the
// last ends, and they are written at once without being copied. What was used is not
// changed any more; only who took the segment (takeSegment) appends to it.
type segment struct{ used []byte }

// segments are those that are not full. An endpoint owns none, so that one that is idle
// holds none, and those of one process share them; a full one lives as long as a queue
// needs anything of it.
var segments = sync.Pool{New: func() any { return new(segment) }}

// takeSegment takes one that has room for about so many bytes.
func takeSegment(size int) *segment {
	g := segments.Get().(*segment)
	if cap(g.used)-len(g.used) < size {
		g = &segment{used: make([]byte, 0, segmentSize)}
	}
	return g
}

// release gives the segment back.
func (g *segment) release() {
	if g != nil {
		segments.Put(g)
	}
}

// free is what a frame is to be appended to: memory of its own without a segment.
func (g *segment) free(size int) []byte {
	if g == nil {
		return make([]byte, 0, size)
	}
	return g.used[len(g.used):]
}

// keep keeps what was appended to what was free, and tells where it begins. What had
// no room there lies elsewhere.
func (g *segment) keep(appended []byte) (at int, lies bool) {
	if g == nil {
		return 0, false
	}
	at = len(g.used)
	if len(appended) > cap(g.used)-at || &appended[0] != &g.used[:at+1][at] {
		return 0, false
	}
	g.used = g.used[:at+len(appended)]
	return at, true
}

package lahja

import (
	"sync"
	"sync/atomic"
)

const (
	// segmentSize is how many bytes of events lie in one segment.
	segmentSize = 64 << 10
	// maxSegmented is the largest event that a segment is used for. What is larger
	// gains nothing from it, and would leave much of one empty.
	maxSegmented = segmentSize / 4
)

// segment is memory in which the frames of successive events lie one behind another.
// So a queue needs to know no more of many of them than where the first begins and the
// last ends (a run), and they are written at once without being copied. What is used is
// not changed until nobody needs any of it; only who took the segment appends to it.
type segment struct {
	used    []byte
	holders atomic.Int32 // the runs in it, and one for as long as it is not full
}

// segments are those that are not full. An endpoint owns none, so that one that is idle
// holds none, and those of one process share them.
var segments = sync.Pool{New: func() any { return newSegment() }}

func newSegment() *segment {
	g := &segment{used: make([]byte, 0, segmentSize)}
	g.holders.Store(1)
	return g
}

// takeSegment takes one that has room for about so many bytes, until giveBack.
func takeSegment(size int) *segment {
	for {
		g := segments.Get().(*segment)
		if cap(g.used)-len(g.used) >= size {
			return g
		}
		g.drop() // it is full
	}
}

func (g *segment) giveBack() {
	if g != nil {
		segments.Put(g)
	}
}

// hold is for a new run, by who took the segment.
func (g *segment) hold() { g.holders.Add(1) }

// drop is for a run that was written, or whose memory it is. One that nobody holds is
// used again; one that somebody forgets to drop is not, and is garbage in the end.
func (g *segment) drop() {
	if g.holders.Add(-1) == 0 {
		g.used = g.used[:0]
		g.holders.Store(1)
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

package wire

import (
	"sync"

	"github.com/golang/snappy"
)

// keepScratch is the largest scratch buffer that is kept for later: one huge
// event should not hold its size for good.
const keepScratch = 1 << 20

// scratches hold snappy's output while it is not known whether it wins. Frames
// wait in queues, so they should not carry the spare room that compression
// needs.
var scratches = sync.Pool{New: func() any { return new([]byte) }}

// appendPayload appends payload, compressed if it is above the threshold and
// gets smaller by it.
func appendPayload(dst, payload []byte, compressAbove int) (_ []byte, compressed bool) {
	if compressAbove < 0 || len(payload) <= compressAbove {
		return append(dst, payload...), false
	}
	need := snappy.MaxEncodedLen(len(payload))
	if need < 0 {
		return append(dst, payload...), false
	}
	scratch := scratches.Get().(*[]byte)
	if cap(*scratch) < need {
		*scratch = make([]byte, need)
	}
	small := snappy.Encode((*scratch)[:need], payload)
	if compressed = len(small) < len(payload); compressed {
		dst = append(dst, small...)
	} else {
		dst = append(dst, payload...)
	}
	if cap(*scratch) <= keepScratch {
		scratches.Put(scratch)
	}
	return dst, compressed
}

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

// compress compresses the payload that ends dst, if it is above the threshold and
// gets smaller by it.
func compress(dst []byte, start, compressAbove int) (_ []byte, compressed bool) {
	payload := dst[start:]
	if compressAbove < 0 || len(payload) <= compressAbove || !promising(payload) {
		return dst, false
	}
	need := snappy.MaxEncodedLen(len(payload))
	if need < 0 {
		return dst, false
	}
	scratch := scratches.Get().(*[]byte)
	if cap(*scratch) < need {
		*scratch = make([]byte, need)
	}
	small := snappy.Encode((*scratch)[:need], payload)
	if compressed = len(small) < len(payload); compressed {
		dst = append(dst[:start], small...)
	}
	if cap(*scratch) <= keepScratch {
		scratches.Put(scratch)
	}
	return dst, compressed
}

const (
	// samples are taken of a payload that is at least sampled, sampleSize bytes each.
	samples    = 4
	sampleSize = 1 << 10
	sampled    = 4 * samples * sampleSize
)

// promising tells whether a large payload is worth compressing: whether any of some
// pieces of it gets smaller. To find out by compressing all of it costs more than to
// send it.
func promising(payload []byte) bool {
	if len(payload) < sampled {
		return true
	}
	var space [sampleSize + sampleSize/6 + 32]byte // snappy.MaxEncodedLen
	for i := range samples {
		at := i * (len(payload) - sampleSize) / (samples - 1)
		piece := payload[at : at+sampleSize]
		if len(snappy.Encode(space[:], piece)) < sampleSize-sampleSize/16 {
			return true
		}
	}
	return false
}

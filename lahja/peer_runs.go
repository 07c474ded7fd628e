package lahja

import "slices"

// What waits for a peer is, where it can be, runs of events that lie one behind another
// in a segment.

// extendLocked has the last run grow by a frame that lies behind it.
func (q *outbox) extendLocked(f *outFrame) bool {
	if len(q.frames) == 0 {
		return false
	}
	last := q.frames[len(q.frames)-1]
	if last.segment != f.segment || last.at+len(last.bytes) != f.at {
		return false
	}
	last.bytes = last.bytes[:len(last.bytes)+len(f.bytes)]
	last.limited += f.limited
	return true
}

// runLocked is a run that begins with the frame. A run keeps all of its segment, most of
// which may be events for others: where those that wait would keep more than twice
// their own bytes and two segments, the frame is copied. With what the writer has at
// hand, for which that held as well, a queue keeps no more than double that.
func (q *outbox) runLocked(f *outFrame) *outFrame {
	if f.segment != q.segment {
		if (q.kept-1)*segmentSize > 2*q.waiting {
			return &outFrame{bytes: slices.Clone(f.bytes), limited: f.limited}
		}
		q.segment = f.segment
		q.kept++
	}
	f.segment.hold()
	return &outFrame{bytes: f.bytes, limited: f.limited, segment: f.segment, at: f.at}
}

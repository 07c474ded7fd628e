package sendq

import "slices"

// Successive events in one arena wait as one frame, a span, if they can: the queue holds
// one entry for many events, and the writer one write. Without spans, fan-out to one
// receiver has 0.58 of its speed (see docs/internals.md).

// extendLocked has the last span grow by the frame, if the frame lies right behind it.
func (q *Queue) extendLocked(f *Frame) bool {
	if len(q.frames) == 0 {
		return false
	}
	last := q.frames[len(q.frames)-1]
	if last.arena != f.arena || last.at+len(last.Bytes) != f.at {
		return false
	}
	last.Bytes = last.Bytes[:len(last.Bytes)+len(f.Bytes)]
	last.Limited += f.Limited
	return true
}

// spanLocked returns a span that begins with the frame. A span keeps its whole arena in
// memory, most of which may hold events for others. So once the waiting frames keep more
// than twice their own bytes and two arenas, the frame is copied.
func (q *Queue) spanLocked(f *Frame) *Frame {
	if f.arena != q.arena {
		if (q.arenas-1)*arenaSize > 2*q.waiting {
			return &Frame{Bytes: slices.Clone(f.Bytes), Limited: f.Limited}
		}
		q.arena = f.arena
		q.arenas++
	}
	f.arena.hold()
	return &Frame{Bytes: f.Bytes, Limited: f.Limited, arena: f.arena, at: f.at}
}

// releaseSpans lets the memory of spans that were written be used again.
func releaseSpans(batch []*Frame) {
	for _, f := range batch {
		if f.arena != nil {
			f.arena.release()
		}
	}
}

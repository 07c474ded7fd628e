package sendq

import "slices"

// A frame that somebody waits for (a request, an answer, a sync) is written by the goroutine
// that queues it, if nothing else waits to be written. That saves two goroutine switches per
// round trip, and half of its time (see docs/internals.md). The socket takes what it can
// without blocking; the writer does the rest.

// TryWriter writes without blocking, as much as there is room for, which may be nothing. One
// goroutine at a time calls it.
type TryWriter interface {
	TryWrite(b []byte) (n int, err error)
}

// WriteOrOffer writes the frame at once if it can, and is Offer otherwise. It reports whether
// the last frame (Seal) was written.
func (q *Queue) WriteOrOffer(f *Frame) (outcome Outcome, finished bool) {
	if q.cfg.Direct == nil {
		return q.Offer(f), false
	}
	outcome, claimed := q.claim(f)
	if !claimed {
		return outcome, false
	}
	n, err := q.cfg.Direct.TryWrite(f.Bytes)
	if err != nil {
		q.cfg.Failed(err)
	}
	return outcome, q.unclaim(f, n, err == nil)
}

// claim queues a frame as Offer does, unless the caller may write it: then the caller is the
// writer, and calls unclaim.
func (q *Queue) claim(f *Frame) (outcome Outcome, claimed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.busy || len(q.frames) > 0 || q.stale || !q.greeted || q.sealed || q.closed {
		return q.offerLocked(f), false
	}
	if outcome = q.admitLocked(f); outcome != Queued {
		return outcome, false
	}
	q.countLocked(f)
	if !f.Control {
		q.writing = 1
	}
	q.busy = true
	return Queued, true
}

// unclaim leaves the rest of the frame, and what was queued meanwhile, to a writer.
func (q *Queue) unclaim(f *Frame, written int, intact bool) (finished bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	writing := q.writing
	q.writing = 0
	switch {
	case q.closed:
		if intact && written == len(f.Bytes) {
			q.waiting -= f.Limited
		}
	case written < len(f.Bytes):
		rest := &Frame{Bytes: slices.Clone(f.Bytes[written:]), Limited: f.Limited, Control: f.Control, Request: true}
		q.frames = append([]*Frame{rest}, q.frames...)
		q.events += writing
		if rest.Control {
			q.control += len(rest.Bytes) + frameCost
		}
	default:
		q.waiting -= f.Limited
		q.advanceLocked()
	}
	if q.closed || len(q.frames) == 0 && !q.stale {
		return q.restLocked()
	}
	q.cfg.Start()
	return false
}

package sendq

import "slices"

// gap takes the place of an event that was dropped.
var gap = &Frame{Control: true}

// OfferInstead is Offer for an event and a queue that Evicts. It drops the oldest events that
// wait until the event has room, and returns them. If only frames that cannot be dropped are
// left (requests, and what the writer has), it queues the event beyond the limit. The next
// call drops that event, unless the writer has it by then.
//
// Two things make the event itself the one that is dropped: a broadcast that waits, since
// nothing overtakes it, and a window that is full of what has left.
func (q *Queue) OfferInstead(f *Frame) (outcome Outcome, dropped []*Frame) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		if outcome = q.offerLocked(f); outcome != Full {
			return outcome, dropped
		}
		if q.overtakesLocked(f) {
			return Full, append(dropped, f)
		}
		old, ok := q.evictLocked(f.Event)
		if !ok {
			break
		}
		dropped = append(dropped, old)
	}
	if outcome = q.spendLocked(f); outcome != Queued {
		return outcome, append(dropped, f)
	}
	q.addLocked(f)
	return Queued, dropped
}

// overtakesLocked reports whether a broadcast waits that must be queued before the frame.
func (q *Queue) overtakesLocked(f *Frame) bool {
	return len(q.pending) > 0 || q.windowLocked(f.Event).Waiting() > 0
}

// evictLocked takes out the oldest event that waits and may be dropped. If the window of
// the type is full, only an event of that type helps. The event's credit goes to broadcasts
// that wait for it: the peer will never acknowledge what it does not receive.
func (q *Queue) evictLocked(event string) (*Frame, bool) {
	windowFull := !q.windowLocked(event).HasRoom()
	for i := q.oldest; i < len(q.frames); i++ {
		f := q.frames[i]
		if f.Limited == 0 || f.Request || windowFull && f.Event != event {
			continue
		}
		if !windowFull {
			q.oldest = i + 1
		}
		q.frames[i] = gap
		q.gaps++
		q.closeGapsLocked()
		q.waiting -= f.Limited
		q.events--
		q.sent.Events--
		q.sent.Bytes -= uint64(len(f.Bytes))
		if w := q.windows[f.Event]; w != nil {
			w.Acknowledge(f.Cost, q.creditedLocked)
		}
		return f, true
	}
	return nil, false
}

// closeGapsLocked removes the places of dropped events once they are most of the queue: a
// writer that stands still removes none.
func (q *Queue) closeGapsLocked() {
	if q.gaps > idleFrames && 2*q.gaps > len(q.frames) {
		q.frames = slices.DeleteFunc(q.frames, func(f *Frame) bool { return f == gap })
		q.gaps, q.oldest = 0, 0
	}
}

package sendq

// OfferInstead is Offer for a queue that Evicts: it drops the oldest events that wait until
// the frame has room, and returns them. If nothing can be dropped, it returns the frame
// itself as dropped.
func (q *Queue) OfferInstead(f *Frame) (outcome Outcome, dropped []*Frame) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		if outcome = q.offerLocked(f); outcome != Full {
			return outcome, dropped
		}
		old, ok := q.evictLocked(f.Event)
		if !ok {
			return Full, append(dropped, f)
		}
		dropped = append(dropped, old)
	}
}

// evictLocked takes out the oldest event that waits and may be dropped. If the window of
// the type is full, only an event of that type helps. An empty frame takes its place.
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
		q.frames[i] = &Frame{Control: true}
		q.waiting -= f.Limited
		q.events--
		q.sent.Events--
		q.sent.Bytes -= uint64(len(f.Bytes))
		if w := q.windows[f.Event]; w != nil {
			w.Refund(f.Cost)
		}
		return f, true
	}
	return nil, false
}

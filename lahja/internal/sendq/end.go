package sendq

// Seal queues the last frame behind everything that waits. Nothing may be queued after it.
func (q *Queue) Seal(last []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sealLocked(last)
}

// SealNow queues the last frame behind what is queued already. Broadcasts that wait for room
// are Gone, even if the queue was sealed before.
func (q *Queue) SealNow(last []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sealLocked(last)
	if !q.closed {
		q.dismissLocked()
		q.finishLocked()
	}
}

func (q *Queue) sealLocked(last []byte) {
	if q.closed || q.sealed {
		return
	}
	q.sealed, q.last = true, last
	q.finishLocked()
}

// finishLocked queues the last frame once nothing waits any more.
func (q *Queue) finishLocked() {
	if q.last == nil || len(q.pending) > 0 {
		return
	}
	for _, w := range q.windows {
		if w.Waiting() > 0 {
			return
		}
	}
	last := q.last
	q.last = nil
	q.addLocked(&Frame{Bytes: last, Control: true})
}

// Close discards what waits.
func (q *Queue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.frames, q.events, q.arena = nil, 0, nil
	q.dismissLocked()
}

// Rest waits until no writer runs on a queue that was closed, and returns how many bytes of
// events were not written.
func (q *Queue) Rest() (unsent int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.busy {
		q.rested.Wait()
	}
	return q.waiting
}

// restLocked notes that no writer runs. It reports whether the last frame was written.
func (q *Queue) restLocked() (finished bool) {
	q.busy = false
	q.rested.Broadcast()
	return q.sealed && q.last == nil && !q.closed
}

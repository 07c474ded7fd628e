package lahja

import "sync"

// outbox is what waits to be written to one peer, in the order it was queued.
// Events count against a limit in bytes; control frames and answers do not, as
// the bus would stand still without them. Control frames have a limit of their
// own, which only a peer meets that does not read.
type outbox struct {
	limit int
	start func() // starts the writer; called with mu held, must not block

	mu      sync.Mutex
	frames  []outFrame
	spare   []outFrame // the writer's last batch, for its memory
	control int        // bytes of control frames in frames, with what each takes beside
	waiting int        // bytes of limited frames that are not written yet
	tickets []*ticket  // broadcasts that wait for room, in order
	stale   bool       // the peer is to be told the endpoint's subscriptions
	writing bool       // a writer runs
	ended   sync.Cond  // of mu: no writer runs
	sealed  bool       // the goodbye is queued: nothing may follow it
	closed  bool
}

// keepFrames is how many frames an empty queue keeps room for.
const keepFrames = 1 << 10

type outFrame struct {
	bytes   []byte
	limited int  // what it counts against the limit
	control bool // of the bus itself, no event
}

const (
	// maxControl is the most bytes of control frames that wait, for a peer that
	// asks and does not read the answers.
	maxControl = 16 << 20
	// frameCost is what a queued frame takes beside its bytes.
	frameCost = 48
	// idleFrames is how many frames an idle connection keeps room for.
	idleFrames = 64
)

// ticket is a broadcast that waits for room at one peer.
type ticket struct {
	frame outFrame
	fate  fate // guarded by the outbox's mu
	wake  func()
}

// fate is what became of an event at one peer.
type fate int

const (
	full fate = iota
	queued
	gone
)

// offer queues a frame if there is room.
func (q *outbox) offer(f outFrame) fate {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.offerLocked(f)
}

func (q *outbox) offerLocked(f outFrame) fate {
	switch {
	case q.closed || q.sealed:
		return gone
	case f.limited > 0 && (len(q.tickets) > 0 || !q.roomLocked(f)):
		return full
	case f.control && q.control > maxControl:
		return full
	}
	q.addLocked(f)
	return queued
}

// roomLocked admits anything to an empty queue, so that an event larger than
// the limit can be sent at all.
func (q *outbox) roomLocked(f outFrame) bool { return q.waiting == 0 || q.waiting+f.limited <= q.limit }

func (q *outbox) addLocked(f outFrame) {
	q.frames = append(q.frames, f)
	q.waiting += f.limited
	if f.control {
		q.control += len(f.bytes) + frameCost
	}
	q.startLocked()
}

func (q *outbox) startLocked() {
	if !q.writing {
		q.writing = true
		q.start()
	}
}

// await queues the ticket's frame as soon as there is room, in turn. The
// ticket is woken once its fate is known; await tells whether it is already.
func (q *outbox) await(t *ticket) (known bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if t.fate = q.offerLocked(t.frame); t.fate != full {
		return true
	}
	q.tickets = append(q.tickets, t)
	return false
}

// giveUp takes the ticket back and returns its fate.
func (q *outbox) giveUp(t *ticket) fate {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, other := range q.tickets {
		if other == t {
			q.tickets = append(q.tickets[:i:i], q.tickets[i+1:]...)
			q.admitLocked() // it may have been the one too large for the room
			break
		}
	}
	return t.fate
}

func (q *outbox) admitLocked() {
	for len(q.tickets) > 0 && q.roomLocked(q.tickets[0].frame) {
		q.settleLocked(queued)
	}
}

// settleLocked decides the first ticket's fate. Waking it does not block.
func (q *outbox) settleLocked(f fate) {
	t := q.tickets[0]
	q.tickets = q.tickets[1:]
	if t.fate = f; f == queued {
		q.addLocked(t.frame)
	}
	t.wake()
}

// markStale has the writer tell the peer the endpoint's subscriptions, before
// anything that is queued later.
func (q *outbox) markStale() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.sealed {
		return
	}
	q.stale = true
	q.startLocked()
}

// seal queues the last frame, after everything that waits.
func (q *outbox) seal(last []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.sealed {
		return
	}
	for len(q.tickets) > 0 {
		q.settleLocked(queued)
	}
	q.addLocked(outFrame{bytes: last, control: true})
	q.sealed = true
}

// take hands everything that waits to the writer. With ok false there is
// nothing and the writer has to end; flushed then says that the last frame
// ever was written.
func (q *outbox) take(done []outFrame) (batch []outFrame, stale, flushed, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if cap(done) > 0 && cap(done) <= keepFrames {
		clear(done)
		q.spare = done[:0]
	}
	if q.closed || (len(q.frames) == 0 && !q.stale) {
		q.writing = false
		if cap(q.frames) > idleFrames {
			q.frames = nil
		}
		if cap(q.spare) > idleFrames {
			q.spare = nil
		}
		q.ended.Broadcast()
		return nil, false, q.sealed && !q.closed, false
	}
	batch, stale = q.frames, q.stale
	q.frames, q.spare, q.stale, q.control = q.spare, nil, false, 0
	return batch, stale, false, true
}

// wrote makes room for what waits.
func (q *outbox) wrote(limited int) {
	if limited == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting -= limited
	if !q.closed {
		q.admitLocked()
	}
}

// close discards what waits.
func (q *outbox) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.frames = nil
	for len(q.tickets) > 0 {
		q.settleLocked(gone)
	}
}

// rest waits for the writer of a connection that was closed to end, and returns
// how many bytes of events it has not written.
func (q *outbox) rest() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.writing {
		q.ended.Wait()
	}
	return q.waiting
}

// load is how many bytes of events wait.
func (q *outbox) load() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting
}

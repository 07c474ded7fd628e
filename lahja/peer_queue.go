package lahja

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// outbox is what waits to be written to one peer, in the order it was queued.
// Events count against a limit in bytes; control frames and answers do not, as
// the bus would stand still without them. Control frames have a limit of their
// own, which only a peer meets that does not read.
//
// An event also passes the lane of its type, which bounds what is under way to the
// peer's subscriptions: first the lane, then the queue.
type outbox struct {
	limit int
	hold  func(bytes int64) // counts what control frames hold, see memory; called with mu held
	start func()            // starts the writer; called with mu held, must not block
	// pressed says that a lane was when an event passed it, and that none has been relieved
	// since. It is set with mu held, and press is called when it becomes true, as start is.
	pressed atomic.Bool
	press   func()

	mu      sync.Mutex
	frames  []*outFrame
	spare   []*outFrame // the writer's last batch, for its memory
	control int         // bytes of control frames in frames, with what each takes beside
	counted int         // of control, with which hold was called
	waiting int         // bytes of limited frames that are not written yet
	tickets []*ticket   // broadcasts that wait for room in the queue, in order
	lanes   map[string]*lane
	latest  *lane               // the one asked for last
	theirs  map[string]Interest // what the peer subscribes to
	dropped uint64              // events that were dropped; see countDrop
	sent    Traffic             // events that were queued and that no policy dropped
	events  int                 // in frames
	atHand  int                 // events in the writer's batch
	segment *segment            // the latest that something in frames lies in
	kept    int                 // how many segments frames keep, or a few more
	evicts  bool                // events are dropped to make room (DropOldest)
	oldest  int                 // no event before it in frames can be dropped
	stale   bool                // the peer is to be told the endpoint's subscriptions
	writing bool                // a writer runs
	ended   sync.Cond           // of mu: no writer runs
	greeted bool                // a writer has begun
	sealed  bool                // nothing may be queued but what waits, and then the goodbye
	goodbye []byte              // it, until it is queued
	closed  bool
}

// keepFrames is how many frames an empty queue keeps room for.
const keepFrames = 1 << 10

// outFrame is what is queued, for all that receive it. It is not changed, but for one
// in a segment: that is not queued itself, but a run that begins with it, which is
// the queue's own and grows while it is the last one.
type outFrame struct {
	bytes   []byte
	limited int      // what it counts against the limit
	control bool     // of the bus itself, no event
	request bool     // somebody waits for the answer: it is never dropped
	event   string   // the type whose lane it passes, if it is limited; not of a run
	cost    int      // what it counts for in the lane; not of a run
	segment *segment // where the bytes lie among others, nil for nowhere
	at      int      // they begin in the segment
	passing bool     // the frame and its bytes are the sender's, and nobody may keep them
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
	frame *outFrame
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
func (q *outbox) offer(f *outFrame) fate {
	q.mu.Lock()
	fate := q.offerLocked(f)
	q.mu.Unlock()
	return fate
}

func (q *outbox) offerLocked(f *outFrame) fate {
	fate := q.passLocked(f)
	if fate == queued {
		q.addLocked(f)
	}
	return fate
}

// passLocked tells whether there is room for a frame, and takes that in its lane.
func (q *outbox) passLocked(f *outFrame) fate {
	switch {
	case q.closed || q.sealed:
		return gone
	case f.control && q.control > maxControl:
		return full
	case f.limited > 0:
		l := q.laneLocked(f.event)
		if !l.open() || len(q.tickets) > 0 || !q.roomLocked(f) {
			return full
		}
		l.under += f.cost
		if l.pressed() && !q.pressed.Load() {
			q.pressed.Store(true)
			q.press()
		}
	}
	return queued
}

func (q *outbox) laneLocked(event string) *lane {
	if q.latest != nil && q.latest.event == event {
		return q.latest
	}
	l := q.lanes[event]
	if l == nil {
		if q.lanes == nil {
			q.lanes = map[string]*lane{}
		}
		l = &lane{event: event, window: q.theirs[event].Window}
		q.lanes[event] = l
	}
	q.latest = l
	return l
}

// subscribed notes what the peer subscribes to now.
func (q *outbox) subscribed(set map[string]Interest) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.theirs = set
	for event, l := range q.lanes {
		l.window = set[event].Window
		l.advance(q.passedLaneLocked)
		if l.under == 0 && len(l.waiting) == 0 {
			delete(q.lanes, event)
		}
	}
	q.latest = nil
}

// taken makes room in the lane of a type.
func (q *outbox) taken(event []byte, cost uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if l := q.lanes[string(event)]; l != nil {
		l.taken(saturated(cost), q.passedLaneLocked)
		if !l.pressed() {
			q.pressed.Store(false)
		}
	}
}

// passedLaneLocked goes on with a ticket that only needs room in the queue.
func (q *outbox) passedLaneLocked(t *ticket) {
	q.tickets = append(q.tickets, t)
	q.admitLocked()
}

// roomLocked admits anything to an empty queue, so that an event larger than
// the limit can be sent at all.
func (q *outbox) roomLocked(f *outFrame) bool {
	return q.waiting == 0 || q.waiting+f.limited <= q.limit
}

func (q *outbox) addLocked(f *outFrame) {
	switch {
	case f.segment == nil:
		q.frames = append(q.frames, f.kept())
	case q.evicts: // It may be dropped by itself.
		q.frames = append(q.frames, f.alone())
	case !q.extendLocked(f):
		q.frames = append(q.frames, q.runLocked(f))
	}
	q.countLocked(f)
	if f.control {
		q.control += len(f.bytes) + frameCost
		q.accountLocked()
	} else {
		q.events++
	}
	q.startLocked()
}

// countLocked counts a frame that is queued, or is written at once.
func (q *outbox) countLocked(f *outFrame) {
	q.waiting += f.limited
	if !f.control {
		q.sent.Events++
		q.sent.Bytes += uint64(len(f.bytes))
	}
}

// kept is the frame where it may be kept.
func (f *outFrame) kept() *outFrame {
	if !f.passing {
		return f
	}
	return f.alone()
}

// alone is the frame in memory of its own.
func (f *outFrame) alone() *outFrame {
	own := *f
	own.bytes, own.passing, own.segment, own.at = slices.Clone(f.bytes), false, nil, 0
	return &own
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
	l := q.laneLocked(t.frame.event)
	if !l.open() {
		l.waiting = append(l.waiting, t)
		return false
	}
	l.under += t.frame.cost
	q.tickets = append(q.tickets, t)
	return false
}

// offerInstead is offer where the oldest events that wait are dropped for the frame.
// It tells what they were; where there are none it is the frame itself.
func (q *outbox) offerInstead(f *outFrame) (fate fate, dropped []*outFrame) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		if fate = q.offerLocked(f); fate != full {
			return fate, dropped
		}
		old, ok := q.evictLocked(f.event)
		if !ok {
			return full, append(dropped, f)
		}
		dropped = append(dropped, old)
	}
}

// evictLocked takes the oldest event out of those that wait and may be dropped: of
// one type where that type's lane is full. It leaves an empty frame there.
func (q *outbox) evictLocked(event string) (*outFrame, bool) {
	crowded := !q.laneLocked(event).open()
	for i := q.oldest; i < len(q.frames); i++ {
		f := q.frames[i]
		if f.limited == 0 || f.request || crowded && f.event != event {
			continue
		}
		if !crowded {
			q.oldest = i + 1
		}
		q.frames[i] = &outFrame{control: true}
		q.waiting -= f.limited
		q.events--
		q.sent.Events--
		q.sent.Bytes -= uint64(len(f.bytes))
		if l := q.lanes[f.event]; l != nil {
			l.under = max(0, l.under-f.cost)
		}
		return f, true
	}
	return nil, false
}

// giveUp takes the ticket back and returns its fate.
func (q *outbox) giveUp(t *ticket) fate {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.lanes[t.frame.event]
	switch {
	case l != nil && remove(&l.waiting, t):
		q.closeIfDoneLocked()
	case remove(&q.tickets, t):
		if l != nil { // A peer that gives back too much has it forgotten.
			l.taken(t.frame.cost, q.passedLaneLocked)
		}
		q.admitLocked() // it may have been the one too large for the room
	}
	return t.fate
}

// admitLocked queues what waits, as far as there is room.
func (q *outbox) admitLocked() {
	for len(q.tickets) > 0 && q.roomLocked(q.tickets[0].frame) {
		q.settleLocked(queued)
	}
	q.closeIfDoneLocked()
}

// closeIfDoneLocked queues the goodbye once nothing waits any more.
func (q *outbox) closeIfDoneLocked() {
	if q.goodbye == nil || len(q.tickets) > 0 {
		return
	}
	for _, l := range q.lanes {
		if len(l.waiting) > 0 {
			return
		}
	}
	last := q.goodbye
	q.goodbye = nil
	q.addLocked(&outFrame{bytes: last, control: true})
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

// turnAwayLocked lets no broadcast wait for room any more. What is queued stays.
func (q *outbox) turnAwayLocked() {
	for _, l := range q.lanes {
		q.tickets = append(q.tickets, l.waiting...)
		l.waiting = nil
	}
	for len(q.tickets) > 0 {
		q.settleLocked(gone)
	}
}

// seal has the last frame queued after everything that waits.
func (q *outbox) seal(last []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sealLocked(last)
}

// sealNow has the last frame queued after what is queued already. Broadcasts that wait
// for room wait no longer, also where the queue was sealed before.
func (q *outbox) sealNow(last []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sealLocked(last)
	if !q.closed {
		q.turnAwayLocked()
		q.closeIfDoneLocked()
	}
}

func (q *outbox) sealLocked(last []byte) {
	if q.closed || q.sealed {
		return
	}
	q.sealed, q.goodbye = true, last
	q.closeIfDoneLocked()
}

// take hands everything that waits to the writer, or as much as is written at once where
// what waits may still be dropped. With ok false there is nothing and the writer has to
// end; flushed then says that the last frame ever was written.
func (q *outbox) take(done []*outFrame) (batch []*outFrame, stale, flushed, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if cap(done) > 0 && cap(done) <= keepFrames {
		clear(done)
		q.spare = done[:0]
	}
	q.atHand = 0
	if q.closed || (len(q.frames) == 0 && !q.stale) {
		if cap(q.frames) > idleFrames {
			q.frames = nil
		}
		if cap(q.spare) > idleFrames {
			q.spare = nil
		}
		q.restLocked()
		return nil, false, q.sealed && q.goodbye == nil && !q.closed, false
	}
	q.greeted = true
	q.segment, q.kept = nil, 0
	stale, q.stale = q.stale, false
	if q.evicts {
		return q.takeSomeLocked(), stale, false, true
	}
	batch = q.frames
	q.frames, q.spare, q.control = q.spare, nil, 0
	q.accountLocked()
	q.events, q.atHand = 0, q.events
	return batch, stale, false, true
}

// takeSomeLocked takes no more than is written at once, and one frame at least: what the
// writer has cannot be dropped any more, and would stand in the way of what is newer.
func (q *outbox) takeSomeLocked() []*outFrame {
	n := 0
	for size := 0; n < len(q.frames) && (n == 0 || size+len(q.frames[n].bytes) <= writeBuffer); n++ {
		switch f := q.frames[n]; {
		case !f.control:
			q.atHand++
			size += len(f.bytes)
		case len(f.bytes) > 0: // No event was here.
			q.control -= len(f.bytes) + frameCost
			size += len(f.bytes)
		}
	}
	batch := append(q.spare, q.frames[:n]...)
	q.spare = nil
	q.accountLocked()
	left := copy(q.frames, q.frames[n:])
	clear(q.frames[left:])
	q.frames = q.frames[:left]
	q.events -= q.atHand
	q.oldest = max(0, q.oldest-n)
	return batch
}

// accountLocked tells of control frames when there are many more, or fewer.
func (q *outbox) accountLocked() {
	if d := q.control - q.counted; q.hold != nil && (d >= coarse || d <= -coarse || q.control == 0 && d != 0) {
		q.counted = q.control
		q.hold(int64(d))
	}
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
	q.frames, q.events, q.segment = nil, 0, nil
	q.turnAwayLocked()
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

// crowded tells whether an event of the type, of about so many bytes, would have to wait.
func (q *outbox) crowded(event string, size int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.lanes[event]
	return q.closed || q.sealed || len(q.tickets) > 0 || q.waiting > 0 && q.waiting+size > q.limit || l != nil && !l.open()
}

// load is how many bytes of events wait.
func (q *outbox) load() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting
}

// drops counts one event more that is dropped.
func (q *outbox) drops() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dropped++
	return q.dropped
}

// describe says how full the queue and the lane of a type are.
func (q *outbox) describe(event string) string {
	q.mu.Lock()
	defer q.mu.Unlock()
	text := fmt.Sprintf("%d of %d bytes wait", q.waiting, q.limit)
	if l := q.lanes[event]; l != nil && l.window > 0 {
		text += fmt.Sprintf(", %d of %d bytes are under way to its subscriptions", l.under, l.window)
	}
	return text
}

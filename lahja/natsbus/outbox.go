package natsbus

import (
	"context"

	"github.com/lahja/go-lahja/lahja/internal/ordered"
)

// op is one task of the writer.
type op struct {
	subject, reply string
	data           []byte        // what to publish
	build          func() []byte // makes it when its turn comes; nil means nothing to publish
	do             func()        // to be done instead
	to             *link         // whose inbox it goes to, and counts it
	event          string        // the type whose subject it goes to, and that counts it
	limited        int           // what it counts against the limit
}

// outbox is what waits for the writer. Events count against a limit in bytes. Control
// messages and answers do not, because the bus would stand still without them.
type outbox struct {
	limit int
	wake  chan struct{} // holds a token while there is something to do

	mu      ordered.Mutex[ordered.Queue]
	ops     []op
	waiting int           // bytes of limited ops that are not published yet
	room    chan struct{} // closed when there may be room; nil when nobody waits
	stale   bool          // peers are to be told the endpoint's subscriptions
	sealed  bool          // the goodbye is queued: nothing may follow it
	closed  bool
}

// queueResult is the outcome of queueing an event.
type queueResult int

const (
	queued queueResult = iota
	full
	gone
)

// add queues ops that have no limit.
func (q *outbox) add(ops ...op) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed && !q.sealed {
		q.ops = append(q.ops, ops...)
		q.wakeLocked()
	}
}

// markStale makes the writer announce the endpoint's subscriptions, before anything that is
// queued later.
func (q *outbox) markStale() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stale = true
	q.wakeLocked()
}

func (q *outbox) wakeLocked() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// offer queues all of ops or none. Without room it waits until ctx ends.
func (q *outbox) offer(ctx context.Context, ops []op) queueResult {
	for {
		f, room := q.try(ops)
		if f != full {
			return f
		}
		select {
		case <-room:
		case <-ctx.Done():
			return full
		}
	}
}

// try admits anything to an empty queue, so that an event larger than the limit
// can be sent at all.
func (q *outbox) try(ops []op) (queueResult, <-chan struct{}) {
	limited := 0
	for _, o := range ops {
		limited += o.limited
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.sealed {
		return gone, nil
	}
	if limited > 0 && q.waiting > 0 && q.waiting+limited > q.limit {
		if q.room == nil {
			q.room = make(chan struct{})
		}
		return full, q.room
	}
	q.ops = append(q.ops, ops...)
	q.waiting += limited
	q.wakeLocked()
	return queued, nil
}

// seal queues the last ops, after everything that is queued.
func (q *outbox) seal(last ...op) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.sealed {
		return
	}
	q.ops = append(q.ops, last...)
	q.sealed = true
	q.admitLocked() // Wakes what waits for room.
	q.wakeLocked()
}

// take hands everything that waits to the writer; ok false ends it.
func (q *outbox) take() (ops []op, stale, ok bool) {
	for range q.wake {
		q.mu.Lock()
		ops, stale, ok = q.ops, q.stale, !q.closed
		q.ops, q.stale = nil, false
		q.mu.Unlock()
		if !ok || stale || len(ops) > 0 {
			return ops, stale, ok
		}
	}
	return nil, false, false
}

// wrote makes room for what waits.
func (q *outbox) wrote(limited int) {
	if limited == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting -= limited
	q.admitLocked()
}

func (q *outbox) admitLocked() {
	if q.room != nil {
		close(q.room)
		q.room = nil
	}
}

// close discards what waits. load still counts it.
func (q *outbox) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.ops = nil
	q.admitLocked()
	q.wakeLocked()
}

// load is how many bytes of events wait or, after close, were not published.
func (q *outbox) load() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting
}

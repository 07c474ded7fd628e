// Package sendq holds what an endpoint sends to one peer until it is written: the queue, the
// broadcasts that wait for room in it, and the writer. It knows frames and windows, but
// neither events nor endpoints, so its tests open none.
//
// A frame goes one of four ways:
//
//   - Offer queues it if there is room. A writer is started if none runs.
//   - WriteOrOffer writes it at once, on the caller's goroutine, if nothing waits before it.
//   - Await queues a broadcast that has found no room, until there is some.
//   - OfferInstead drops older events to make room for it.
//
// The caller chooses: the queue knows no policy (lahja.SlowPolicy).
//
// An event passes the window of its type first, which bounds what is in flight to the
// peer's subscriptions, and then the queue, which bounds what waits to be written. Control
// frames and answers pass neither: the bus would stand still without them. Control frames
// have a limit of their own, which only a peer that does not read ever reaches.
package sendq

import (
	"io"
	"sync"
	"sync/atomic"

	"github.com/lahja/go-lahja/lahja/internal/ordered"
	"github.com/lahja/go-lahja/lahja/internal/window"
)

// Config is what a queue needs from its connection. Functions are called with the queue's
// lock held unless they say otherwise: they must not block, and must not call the queue.
type Config struct {
	// Limit is the most bytes of events that wait. An empty queue takes an event of any size.
	Limit int
	// Evicts says that events are dropped one by one to make room (OfferInstead). It is set for
	// peers with the policy lahja.DropOldest.
	Evicts bool
	// Conn is written to by one goroutine at a time. Direct is the same connection where it
	// can be written to without blocking, else nil.
	Conn   io.Writer
	Direct TryWriter
	// Start starts a goroutine that calls Write.
	Start func()
	// Prelude returns what is written before the next batch, nil for nothing; stale says that
	// the peer must be told the endpoint's subscriptions. The writer calls it, without the lock.
	Prelude func(stale bool) []byte
	// Failed is told, without the lock, of a write that failed. It must call Close.
	Failed func(error)
	// Press is called when the window of a type is more than half used, and none was before.
	Press func()
	// Hold counts bytes that control frames hold, or hold no longer; nil means nobody counts.
	Hold func(bytes int64)
}

// Queue is what waits to be written to one peer, in order. All methods are safe for
// concurrent use.
type Queue struct {
	cfg     Config
	pressed atomic.Bool // set with mu held

	mu      ordered.Mutex[ordered.Queue]
	frames  []*Frame
	spare   []*Frame // the writer's last batch, for its memory
	control int      // bytes of control frames in frames, with what each takes besides
	counted int      // of control, for which Hold was called
	waiting int      // bytes of limited frames that are not written yet
	pending []*Pending
	windows map[string]*window.Window[*Pending]
	latest  *window.Window[*Pending] // the one that was used last
	size    func(event string) int   // of the window for a type
	dropped uint64
	sent    Count
	events  int    // in frames
	writing int    // events in the writer's batch
	arena   *Arena // the latest that something in frames lies in
	arenas  int    // how many arenas frames keep, or a few more
	oldest  int    // no event before it in frames can be dropped
	gaps    int    // in frames, of dropped events
	stale   bool   // the prelude of the next batch must tell the endpoint's subscriptions
	busy    bool   // a writer runs
	rested  sync.Cond
	greeted bool   // a writer has begun
	sealed  bool   // nothing may be queued but what waits, and then the last frame
	last    []byte // the last frame, until it is queued
	closed  bool
}

// Count counts events and their bytes.
type Count struct{ Events, Bytes uint64 }

// Outcome is what became of a frame.
type Outcome int

const (
	// Full: there is no room.
	Full Outcome = iota
	// Queued: it will be written, or was.
	Queued
	// Gone: the connection takes nothing more.
	Gone
)

const (
	// MaxControl is the most bytes of control frames that wait, for a peer that asks and does
	// not read the answers.
	MaxControl = 16 << 20
	// frameCost is what a queued frame takes besides its bytes.
	frameCost = 48
	// keepFrames is how many frames a busy connection keeps memory for, and idleFrames an
	// idle one.
	keepFrames = 1 << 10
	idleFrames = 64
	// coarse is the smallest change of control for which Hold is called.
	coarse = 64 << 10
)

// Init makes the zero Queue ready for use.
func (q *Queue) Init(cfg Config) {
	q.cfg = cfg
	q.rested.L = &q.mu
}

// Offer queues a frame if there is room.
func (q *Queue) Offer(f *Frame) Outcome {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.offerLocked(f)
}

func (q *Queue) offerLocked(f *Frame) Outcome {
	outcome := q.admitLocked(f)
	if outcome == Queued {
		q.addLocked(f)
	}
	return outcome
}

// admitLocked reports whether there is room for a frame, and takes its credit.
func (q *Queue) admitLocked(f *Frame) Outcome {
	switch {
	case q.closed || q.sealed:
		return Gone
	case f.Control && q.control > MaxControl:
		return Full
	case f.Limited > 0:
		if !q.roomLocked(f.Limited) {
			return Full
		}
		return q.spendLocked(f)
	}
	return Queued
}

// spendLocked takes the credit of an event, whether or not the queue has room for it.
func (q *Queue) spendLocked(f *Frame) Outcome {
	if len(q.pending) > 0 {
		return Full
	}
	if f.Event == "" {
		return Queued
	}
	w := q.windowLocked(f.Event)
	if !w.HasRoom() {
		return Full
	}
	w.Spend(f.Cost)
	if w.Pressed() && !q.pressed.Load() {
		q.pressed.Store(true)
		q.cfg.Press()
	}
	return Queued
}

// roomLocked admits anything to an empty queue, so that an event larger than the limit can
// be sent at all.
func (q *Queue) roomLocked(size int) bool {
	return q.waiting == 0 || q.waiting+size <= q.cfg.Limit
}

func (q *Queue) addLocked(f *Frame) {
	switch {
	case f.arena == nil:
		q.frames = append(q.frames, f.Keep())
	case q.cfg.Evicts: // It may be dropped by itself.
		q.frames = append(q.frames, f.Copy())
	case !q.extendLocked(f):
		q.frames = append(q.frames, q.spanLocked(f))
	}
	q.countLocked(f)
	if f.Control {
		q.control += len(f.Bytes) + frameCost
		q.holdLocked()
	} else {
		q.events++
	}
	q.startLocked()
}

// countLocked counts a frame that is queued or written at once.
func (q *Queue) countLocked(f *Frame) {
	q.waiting += f.Limited
	if !f.Control {
		q.sent.Events++
		q.sent.Bytes += uint64(len(f.Bytes))
	}
}

// holdLocked calls Hold once much has changed.
func (q *Queue) holdLocked() {
	if d := q.control - q.counted; q.cfg.Hold != nil && (d >= coarse || d <= -coarse || q.control == 0 && d != 0) {
		q.counted = q.control
		q.cfg.Hold(int64(d))
	}
}

func (q *Queue) startLocked() {
	if !q.busy {
		q.busy = true
		q.cfg.Start()
	}
}

// MarkStale makes the next batch begin with a prelude that announces the endpoint's
// subscriptions.
func (q *Queue) MarkStale() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.sealed {
		return
	}
	q.stale = true
	q.startLocked()
}

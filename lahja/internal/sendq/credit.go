package sendq

import (
	"math"
	"sync/atomic"

	"github.com/lahja/go-lahja/lahja/internal/window"
)

func (q *Queue) windowLocked(event string) *window.Window[*Pending] {
	if q.latest != nil && q.latest.Event() == event {
		return q.latest
	}
	w := q.windows[event]
	if w == nil {
		if q.windows == nil {
			q.windows = map[string]*window.Window[*Pending]{}
		}
		w = window.New[*Pending](event, q.sizeOf(event))
		q.windows[event] = w
	}
	q.latest = w
	return w
}

func (q *Queue) sizeOf(event string) int {
	if q.size == nil {
		return 0
	}
	return q.size(event)
}

// Resize sets the windows to what the peer's subscriptions have room for now. The queue
// calls size later too, with its lock held.
func (q *Queue) Resize(size func(event string) int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.size = size
	for event, w := range q.windows {
		w.Resize(size(event), q.creditedLocked)
		if w.Unused() {
			delete(q.windows, event)
		}
	}
	q.latest = nil
}

// Acknowledge gives back credit for events of a type that the peer's subscribers have taken.
func (q *Queue) Acknowledge(event []byte, cost uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	w := q.windows[string(event)]
	if w == nil {
		return
	}
	w.Acknowledge(int(min(cost, math.MaxInt)), q.creditedLocked)
	if !w.Pressed() {
		q.pressed.Store(false)
	}
}

// Pressed is true from when the window of a type was more than half used until a window
// was found to be less used again.
func (q *Queue) Pressed() *atomic.Bool { return &q.pressed }

package sendq

import (
	"cmp"
	"fmt"
	"slices"
)

// State is how a queue stands at one moment.
type State struct {
	Sent    Count  // events that were queued and not dropped again
	Dropped uint64 // events
	Events  int    // wait, or are being written
	Frames  int    // wait: a span of events is one
	Bytes   int    // of events that are not written yet and count against the limit
	Limit   int
	Waiting int           // broadcasts that wait for room in the queue
	Windows []WindowState // by event type
}

// WindowState is how the window of one event type stands.
type WindowState struct {
	Event                   string
	InFlight, Size, Waiting int
}

// State returns how the queue stands.
func (q *Queue) State() State {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := State{Sent: q.sent, Dropped: q.dropped, Events: q.events + q.writing, Frames: len(q.frames), Bytes: q.waiting, Limit: q.cfg.Limit, Waiting: len(q.pending)}
	for _, w := range q.windows {
		s.Windows = append(s.Windows, WindowState{Event: w.Event(), InFlight: w.InFlight(), Size: w.Size(), Waiting: w.Waiting()})
	}
	slices.SortFunc(s.Windows, func(a, b WindowState) int { return cmp.Compare(a.Event, b.Event) })
	return s
}

// Totals returns what was sent and dropped.
func (q *Queue) Totals() (sent Count, dropped uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.sent, q.dropped
}

// Crowded reports whether an event of the type, of about size bytes, would have to wait.
func (q *Queue) Crowded(event string, size int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	w := q.windows[event]
	return q.closed || q.sealed || len(q.pending) > 0 || !q.roomLocked(size) || w != nil && !w.HasRoom()
}

// Load is how many bytes of events are not written yet.
func (q *Queue) Load() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting
}

// CountDrop counts an event that was dropped instead of sent, and returns how many were.
func (q *Queue) CountDrop() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dropped++
	return q.dropped
}

// Describe says how full the queue and the window of a type are.
func (q *Queue) Describe(event string) string {
	q.mu.Lock()
	defer q.mu.Unlock()
	text := fmt.Sprintf("%d of %d bytes wait", q.waiting, q.cfg.Limit)
	if w := q.windows[event]; w != nil && w.Size() > 0 {
		text += fmt.Sprintf(", %d of %d bytes are under way to its subscriptions", w.InFlight(), w.Size())
	}
	return text
}

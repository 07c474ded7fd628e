// Package window counts the credit that a sender has with one receiver for events of one
// type. An event takes credit when it is sent, and the receiver gives it back when a
// subscriber has taken the event. So a slow subscriber holds up the senders of its own
// type, and nothing else.
//
// The package knows neither events nor connections: costs are numbers, and whatever waits
// for credit is a W.
package window

import "slices"

// Window is the credit for one event type. Its owner guards it with a lock.
type Window[W comparable] struct {
	event    string
	size     int // the most that may be in flight; 0 means no limit
	inFlight int
	waiting  []waiter[W] // in order
}

type waiter[W any] struct {
	who  W
	cost int
}

// New returns a window of that many bytes; 0 means no limit.
func New[W comparable](event string, size int) *Window[W] {
	return &Window[W]{event: event, size: size}
}

// Event is the name of the event type.
func (w *Window[W]) Event() string { return w.event }

// HasRoom reports whether an event may be sent now. The last one may exceed the window:
// otherwise an event larger than the window could never be sent.
func (w *Window[W]) HasRoom() bool {
	return w.size == 0 || len(w.waiting) == 0 && w.inFlight < w.size
}

// Spend takes credit for an event that is sent.
func (w *Window[W]) Spend(cost int) { w.inFlight += cost }

// Refund gives back the credit of an event that was not sent after all. It admits nobody.
func (w *Window[W]) Refund(cost int) { w.inFlight = max(0, w.inFlight-cost) }

// Acknowledge gives back credit, and admits waiters as far as it reaches. A receiver that
// gives back too much gains nothing.
func (w *Window[W]) Acknowledge(cost int, admit func(W)) {
	w.Refund(cost)
	w.Admit(admit)
}

// Resize sets the size, and admits waiters as far as it reaches.
func (w *Window[W]) Resize(size int, admit func(W)) {
	w.size = size
	w.Admit(admit)
}

// Wait queues who for an event of that cost.
func (w *Window[W]) Wait(who W, cost int) { w.waiting = append(w.waiting, waiter[W]{who, cost}) }

// Admit takes the credit for waiters, in order, while there is some, and calls admit for each.
func (w *Window[W]) Admit(admit func(W)) {
	for len(w.waiting) > 0 && (w.size == 0 || w.inFlight < w.size) {
		next := w.waiting[0]
		w.waiting = w.waiting[1:]
		w.inFlight += next.cost
		admit(next.who)
	}
}

// Leave takes a waiter out of the queue, and reports whether it was there.
func (w *Window[W]) Leave(who W) bool {
	i := slices.IndexFunc(w.waiting, func(other waiter[W]) bool { return other.who == who })
	if i < 0 {
		return false
	}
	w.waiting = slices.Delete(w.waiting, i, i+1)
	return true
}

// Dismiss empties the queue, and returns who was in it. It takes no credit for them.
func (w *Window[W]) Dismiss() []W {
	all := make([]W, len(w.waiting))
	for i, waiter := range w.waiting {
		all[i] = waiter.who
	}
	w.waiting = nil
	return all
}

// Pressed reports whether more than half of the window is in flight: more than receivers
// keep to themselves before they give it back.
func (w *Window[W]) Pressed() bool { return w.size > 0 && w.inFlight > w.size/2 }

// Unused reports whether nothing is in flight and nobody waits.
func (w *Window[W]) Unused() bool { return w.inFlight == 0 && len(w.waiting) == 0 }

// InFlight is how much was sent and not acknowledged.
func (w *Window[W]) InFlight() int { return w.inFlight }

// Size is the most that may be in flight; 0 means no limit.
func (w *Window[W]) Size() int { return w.size }

// Waiting is how many wait.
func (w *Window[W]) Waiting() int { return len(w.waiting) }

package sendq

import "slices"

// Pending is a broadcast that waits for room at one peer: first for credit, in the window
// of its type, and then for room in the queue.
type Pending struct {
	Frame *Frame
	// Wake is called once, when the outcome is known, with the queue's lock held. It must
	// not block.
	Wake func()

	outcome Outcome // guarded by the queue's mu
}

// Outcome returns what became of the frame. Wake calls it.
func (p *Pending) Outcome() Outcome { return p.outcome }

// Await queues p's frame as soon as there is room, in turn. It reports whether the outcome
// is known already; then p is not woken.
func (q *Queue) Await(p *Pending) (known bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if p.outcome = q.offerLocked(p.Frame); p.outcome != Full {
		return true
	}
	if p.Frame.Event != "" {
		w := q.windowLocked(p.Frame.Event)
		if !w.HasRoom() {
			w.Wait(p, p.Frame.Cost)
			return false
		}
		w.Spend(p.Frame.Cost)
	}
	q.pending = append(q.pending, p)
	return false
}

// GiveUp ends the wait, and returns the outcome.
func (q *Queue) GiveUp(p *Pending) Outcome {
	q.mu.Lock()
	defer q.mu.Unlock()
	w := q.windows[p.Frame.Event]
	if w != nil && w.Leave(p) {
		q.finishLocked()
	} else if i := slices.Index(q.pending, p); i >= 0 {
		q.pending = slices.Delete(q.pending, i, i+1)
		if w != nil { // It is gone if the peer has acknowledged more than it had.
			w.Acknowledge(p.Frame.Cost, q.creditedLocked)
		}
		q.advanceLocked() // p may have been the one too large for the room.
	}
	return p.outcome
}

// creditedLocked goes on with a broadcast that has credit and needs room in the queue.
func (q *Queue) creditedLocked(p *Pending) {
	q.pending = append(q.pending, p)
	q.advanceLocked()
}

// advanceLocked queues what waits, as far as there is room.
func (q *Queue) advanceLocked() {
	for len(q.pending) > 0 && q.roomLocked(q.pending[0].Frame.Limited) {
		q.settleLocked(Queued)
	}
	q.finishLocked()
}

// settleLocked decides the first one's outcome.
func (q *Queue) settleLocked(o Outcome) {
	p := q.pending[0]
	q.pending = q.pending[1:]
	if p.outcome = o; o == Queued {
		q.addLocked(p.Frame)
	}
	p.Wake()
}

// dismissLocked ends all waits with Gone. What is queued stays.
func (q *Queue) dismissLocked() {
	for _, w := range q.windows {
		q.pending = append(q.pending, w.Dismiss()...)
	}
	for len(q.pending) > 0 {
		q.settleLocked(Gone)
	}
}

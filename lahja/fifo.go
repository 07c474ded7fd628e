package lahja

// entry is what a subscription's queue holds: an event, or a barrier that
// passes when all before it has been handled.
type entry struct {
	event   *delivery
	barrier *barrier
}

// fifo is a queue that keeps its memory while it is small.
type fifo struct {
	entries []entry
	head    int
}

// keep is how many entries an empty queue keeps room for.
const keep = 64

func (q *fifo) len() int { return len(q.entries) - q.head }

func (q *fifo) push(e entry) {
	if q.head > keep && q.head > len(q.entries)/2 {
		n := copy(q.entries, q.entries[q.head:])
		clear(q.entries[n:])
		q.entries, q.head = q.entries[:n], 0
	}
	q.entries = append(q.entries, e)
}

func (q *fifo) pop() (entry, bool) {
	if q.len() == 0 {
		return entry{}, false
	}
	e := q.entries[q.head]
	q.entries[q.head] = entry{}
	q.head++
	if q.head == len(q.entries) {
		q.reset()
	}
	return e, true
}

// popEvent pops the oldest event. Barriers before it stay where they are.
func (q *fifo) popEvent() *delivery {
	for i := q.head; i < len(q.entries); i++ {
		if oldest := q.entries[i].event; oldest != nil {
			copy(q.entries[q.head+1:i+1], q.entries[q.head:i])
			_, _ = q.pop()
			return oldest
		}
	}
	return nil
}

func (q *fifo) reset() {
	q.head = 0
	if cap(q.entries) > keep {
		q.entries = nil
		return
	}
	q.entries = q.entries[:0]
}

// discard empties the queue and returns what was in it.
func (q *fifo) discard() []entry {
	all := q.entries[q.head:]
	*q = fifo{}
	return all
}

// eventsOf is the entries without the barriers.
func eventsOf(entries []entry) []*delivery {
	var events []*delivery
	for _, e := range entries {
		if e.event != nil {
			events = append(events, e.event)
		}
	}
	return events
}

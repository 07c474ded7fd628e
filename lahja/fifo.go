package lahja

// entry is what a subscription's queue holds: an event, or a barrier that
// passes when all before it has been handled.
type entry struct {
	event   Received
	barrier *barrier
}

func entryOf(r Received) entry { return entry{event: r} }

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

func (q *fifo) reset() {
	q.head = 0
	if cap(q.entries) > keep {
		q.entries = nil
		return
	}
	q.entries = q.entries[:0]
}

// discard empties the queue and returns the barriers that were in it.
func (q *fifo) discard() []*barrier {
	var barriers []*barrier
	for _, e := range q.entries[q.head:] {
		if e.barrier != nil {
			barriers = append(barriers, e.barrier)
		}
	}
	*q = fifo{}
	return barriers
}

package core

// fifo is a queue that keeps its memory while it is small.
type fifo struct {
	entries []entry
	head    int
}

// keep is how many entries an empty queue keeps room for, in 4 KiB.
const keep = 2 * mostAtHand

func (q *fifo) len() int { return len(q.entries) - q.head }

func (q *fifo) push(e entry) {
	if q.head > keep && q.head > len(q.entries)/2 {
		n := copy(q.entries, q.entries[q.head:])
		clear(q.entries[n:])
		q.entries, q.head = q.entries[:n], 0
	}
	q.entries = append(q.entries, e)
}

// pop takes a barrier, or events like entry.first.
func (q *fifo) pop(most, size int) (entry, bool) {
	if q.len() == 0 {
		return entry{}, false
	}
	first, rest := q.entries[q.head].first(most, size)
	q.entries[q.head] = rest
	if rest.len() == 0 {
		q.dropHead()
	}
	return first, true
}

func (q *fifo) dropHead() {
	q.head++
	if q.head == len(q.entries) {
		q.reset()
	}
}

// popEvent takes the oldest entry that is no barrier. Barriers before it stay in place.
func (q *fifo) popEvent() entry {
	for i := q.head; i < len(q.entries); i++ {
		if oldest := q.entries[i]; oldest.batch != nil {
			copy(q.entries[q.head+1:i+1], q.entries[q.head:i])
			q.entries[q.head] = entry{}
			q.dropHead()
			return oldest
		}
	}
	return entry{}
}

func (q *fifo) reset() {
	q.head = 0
	if !q.small() {
		q.entries = nil
		return
	}
	q.entries = q.entries[:0]
}

// small reports whether the queue keeps its memory when it is empty.
func (q *fifo) small() bool { return cap(q.entries) <= keep }

// swap empties the queue and returns what was in it. The queue goes on in other memory, which is
// empty.
func (q *fifo) swap(other []entry) []entry {
	all := q.entries[q.head:]
	q.entries, q.head = other, 0
	return all
}

// discard empties the queue and returns what was in it.
func (q *fifo) discard() []entry {
	all := q.entries[q.head:]
	*q = fifo{}
	return all
}

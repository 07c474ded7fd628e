package lahja

// entry is an element of a subscription's queue: some events of a batch, or a barrier that
// passes when everything before it has been handled.
type entry struct {
	batch    *batch
	from, to int // batch.events[from:to]
	barrier  *barrier
}

// len returns how many events it has.
func (e entry) len() int { return e.to - e.from }

// cost returns what its events count for.
func (e entry) cost() int {
	if e.batch != nil && e.len() == len(e.batch.events) {
		return e.batch.cost
	}
	cost := 0
	for i := e.from; i < e.to; i++ {
		cost += e.batch.events[i].cost
	}
	return cost
}

// first splits the entry into the first events and the others. first has at most most
// events, and at least one. It ends once its events count for size.
func (e entry) first(most, size int) (first, rest entry) {
	if e.batch == nil || e.len() == 1 || e.len() <= most && e.batch.cost <= size {
		return e, entry{}
	}
	first, rest = e, e
	first.to = first.from + 1
	for cost := 0; first.to < e.to && first.len() < most; first.to++ {
		if cost += e.batch.events[first.to-1].cost; cost >= size {
			break
		}
	}
	rest.from = first.to
	return first, rest
}

// fifo is a queue that keeps its memory while it is small.
type fifo struct {
	entries []entry
	head    int
}

// keep is how many entries an empty queue keeps room for.
const keep = 16

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

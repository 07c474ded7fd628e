package core

import (
	"time"

	"github.com/lahja/go-lahja/lahja"
)

const (
	// together is how long after the first of several handled events they are observed at the
	// latest, unless a handler keeps its goroutine for longer.
	together = time.Millisecond
	// quick is the time that a handler takes for an event at most, for the clock to be read
	// only after up to mostTimed events: reading it takes 50 ns.
	quick     = 2 * time.Microsecond
	mostTimed = 16
)

// handled are events that a handler has finished one after the other and that have not been
// observed. One call of the observer for several events costs a third of what a call for each
// would. The goroutine that calls the handler uses it.
type handled struct {
	base         *base
	subscription uint64
	since        time.Time // when the clock was read last: at the end of an event, or when the first one began; zero between batches

	from    *source
	first   uint64 // sequence
	count   int
	took    time.Duration
	untimed int // of count, the last ones, which ended after since

	ahead int           // how many events may be finished before the clock is read
	each  time.Duration // what an event took when it was read last
}

// arm reads the clock before the first of several events, so that a handler whose subscription
// was open when it was called began before the end of that.
func (h *handled) arm() {
	if h.base.Observes() && h.since.IsZero() {
		h.since = h.base.now()
	}
}

// begin is called before a handler gets an event. An event that does not follow on from those
// before, such as a request, has them observed first, because its handler may take long.
func (h *handled) begin(from *source, sequence uint64, f *rareFields) {
	if h.count > 0 && h.follows(from, sequence, f) || !h.base.Observes() {
		return
	}
	h.arm()
	h.show()
}

func (h *handled) follows(from *source, sequence uint64, f *rareFields) bool {
	return f == nil && h.from == from && sequence == h.first+uint64(h.count)
}

// add is called when the handler has finished an event.
func (h *handled) add(from *source, sequence uint64, f *rareFields, err error) {
	if h.since.IsZero() { // Nobody observes, or it did not get the event.
		return
	}
	if err != nil || f != nil {
		h.alone(what{kind: lahja.EventHandled, subscription: h.subscription, err: err}, from, sequence, f)
		return
	}
	if h.count == 0 {
		h.from, h.first = from, sequence
	}
	h.count++
	if h.untimed++; h.untimed <= h.ahead {
		return
	}
	if h.time(h.base.now()); h.took >= together {
		h.show()
	}
}

// alone has an event observed by itself, after those before it. What the last ones of these took
// is not known: they were quick.
func (h *handled) alone(w what, from *source, sequence uint64, f *rareFields) {
	w.at = h.base.now()
	defer func() { // The observer may exit when it is shown those before.
		w.took = w.at.Sub(h.since)
		h.since, h.ahead = w.at, 0
		h.base.observe(w, from, sequence, f)
	}()
	h.time(h.since.Add(min(w.at.Sub(h.since), time.Duration(h.untimed)*h.each)))
	h.show()
}

// time is called with the time at which the last event ended. It finds out for how many the next
// reading of the clock can wait. If no time has passed, it is virtual, and passes only while a
// handler waits: then each event is timed.
func (h *handled) time(now time.Time) {
	if h.untimed == 0 {
		return
	}
	took := now.Sub(h.since)
	if took >= together {
		h.showTimed()
	}
	h.each = took / time.Duration(h.untimed)
	if 0 < h.each && h.each < quick {
		h.ahead = min(2*h.ahead+1, mostTimed-1)
	} else {
		h.ahead = 0
	}
	h.took += took
	h.since, h.untimed = now, 0
}

// showTimed has the events observed that ended before since.
func (h *handled) showTimed() { h.showFirst(h.count - h.untimed) }

// showFirst has the first n events observed. The observer may exit.
func (h *handled) showFirst(n int) {
	if n == 0 {
		return
	}
	w := what{kind: lahja.EventHandled, subscription: h.subscription, at: h.since, took: h.took}
	if n > 1 {
		w.count = n
	}
	from, first := h.from, h.first
	h.first, h.count, h.took = first+uint64(n), h.count-n, 0
	if h.count == 0 {
		h.from = nil
	}
	h.base.observe(w, from, first, nil)
}

// end is called when the goroutine may wait for the next event.
func (h *handled) end() {
	h.show()
	h.since = time.Time{}
}

func (h *handled) show() {
	if h.untimed > 0 {
		h.time(h.base.now())
	}
	h.showFirst(h.count)
}

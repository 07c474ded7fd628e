package lahja

import (
	"sync"
	"sync/atomic"

	"github.com/lahja/go-lahja/internal/wire"
)

// Flow is where an event came from, for an implementation that bounds what is under
// way to its subscribers: it may send again what they have taken.
type Flow interface {
	// Taken says that every subscription that counts has taken events that cost so
	// much (Incoming.Cost), or that nobody wants them. Window is Interest.Window, so
	// that small amounts can be gathered before the sender is told. It must not block.
	Taken(cost, window int)
	// Overrun ends the connection for the sake of a subscription that disconnects
	// those who are too fast for it (Disconnect). It tells whether there was one to
	// end.
	Overrun(reason error) bool
}

// EventCost is what an event counts for in every limit of a queue, beside its
// encoded bytes: about what it takes in memory.
const EventCost = wire.EventCost

// source is what the events of one type from one peer have in common.
type source struct {
	of       EventType
	origin   string
	instance uint64
	endpoint EndpointAPI
}

// delivery is one event in the queues of all subscriptions that receive it.
type delivery struct {
	from     *source
	sequence uint64
	data     any
	further  *further // nil for most
	cost     int
	flow     Flow // nil: nobody counts
	window   int
	home     *deliveries  // where it goes after it was handled; nil for nowhere
	shared   bool         // several subscriptions have to take it
	holds    atomic.Int32 // how many of them have not; of no meaning unless it is shared
}

// further is what few events have.
type further struct {
	answers EventID
	headers Headers
}

// event is the delivery as who receives it gets it.
func (d *delivery) event() Received {
	r := Received{Type: d.from.of, Origin: d.from.origin, ID: EventID{d.from.instance, d.sequence}, data: d.data, endpoint: d.from.endpoint}
	if d.further != nil {
		r.Answers, r.Headers = d.further.answers, d.further.headers
	}
	return r
}

// expect notes who has to take the event. It comes before anybody can.
func (d *delivery) expect(e *typeEntry) {
	d.window = e.interest.Window
	if d.shared = e.blocking > 1; d.shared {
		d.holds.Store(int32(e.blocking))
	}
}

// last tells, when a subscription that counts has taken the event, whether it was the
// last one.
func (d *delivery) last() bool { return !d.shared || d.holds.Add(-1) == 0 }

// taken is called when a subscription that counts has taken the event.
func (d *delivery) taken() {
	if d.flow != nil && d.last() {
		d.release()
	}
}

func (d *delivery) release() {
	if d.flow != nil {
		d.flow.Taken(d.cost, d.window)
	}
}

// allTaken is taken for events of one subscription. Those that came together are given
// back together.
func allTaken(events []entry) {
	var first *delivery
	cost := 0
	for _, e := range events {
		d := e.event
		if d == nil || d.flow == nil || !d.last() {
			continue
		}
		if first != nil && first.flow != d.flow {
			first.flow.Taken(cost, first.window)
			cost = 0
		}
		first = d
		cost += d.cost
	}
	if first != nil {
		first.flow.Taken(cost, first.window)
	}
}

// deliveries are those of one inbox that are to be used again: allocating them is
// much of what a small event costs. Only those come back that one handler got and
// nobody else, as who else has them could not be told.
type deliveries struct {
	own []*delivery // the inbox's

	mu   sync.Mutex // the last in the order of locks
	back []*delivery
}

// mostKept is how many deliveries are kept.
const mostKept = mostGathered

// next is a delivery that nobody has. It works on nil.
func (ds *deliveries) next() *delivery {
	if ds == nil {
		return new(delivery)
	}
	if len(ds.own) == 0 {
		ds.mu.Lock()
		ds.own, ds.back = ds.back, ds.own
		ds.mu.Unlock()
	}
	if len(ds.own) == 0 {
		return new(delivery)
	}
	d := ds.own[len(ds.own)-1]
	ds.own = ds.own[:len(ds.own)-1]
	return d
}

// giveBack returns the deliveries of events that were handled.
func giveBack(handled []entry) {
	var home *deliveries
	for i := range handled {
		d := handled[i].event
		if d == nil || d.home == nil {
			continue
		}
		if d.home != home {
			if home != nil {
				home.mu.Unlock()
			}
			home = d.home
			home.mu.Lock()
		}
		if d.data, d.further = nil, nil; len(home.back) < mostKept {
			home.back = append(home.back, d)
		}
	}
	if home != nil {
		home.mu.Unlock()
	}
}

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
	once     bool         // one handler has it, and nobody else
	shared   bool         // several subscriptions have to take it
	holds    atomic.Int32 // how many of them have not; of no meaning unless it is shared
}

// further is what few events have.
type further struct {
	answers EventID
	headers Headers
	groups  []string
}

// further is nil for most.
func (in *Incoming) further() *further {
	if in.Answers.IsZero() && in.Headers == nil && in.Groups == nil {
		return nil
	}
	return &further{answers: in.Answers, headers: in.Headers, groups: in.Groups}
}

// groups are those for which the endpoint was chosen.
func (d *delivery) groups() []string {
	if d.further == nil {
		return nil
	}
	return d.further.groups
}

// event is the delivery as who receives it gets it.
func (d *delivery) event() Received {
	r := Received{Type: d.from.of, Origin: d.from.origin, ID: EventID{d.from.instance, d.sequence}, data: d.data, endpoint: d.from.endpoint}
	if d.further != nil {
		r.Answers, r.Headers = d.further.answers, d.further.headers
	}
	return r
}

// expect notes how many have to take the event, and the window of which it takes a
// part. It comes before anybody can.
func (d *delivery) expect(window, blocking int) {
	d.window = window
	if d.shared = blocking > 1; d.shared {
		d.holds.Store(int32(blocking))
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

// used are deliveries that nobody has any more, as many as a handler takes up at once.
// Allocating them is much of what a small event costs. Only those get there that one
// handler got and nobody else, as who else has them could not be told.
type used struct{ free []*delivery }

var (
	someUsed = sync.Pool{} // of *used, never empty
	noneUsed = sync.Pool{New: func() any { return &used{free: make([]*delivery, 0, mostAtHand)} }}
)

// next is a delivery that nobody has.
func (b *inbox) next() *delivery {
	if b.used != nil && len(b.used.free) == 0 {
		noneUsed.Put(b.used)
		b.used = nil
	}
	if b.used == nil {
		b.used, _ = someUsed.Get().(*used)
	}
	if b.used == nil {
		return new(delivery)
	}
	last := len(b.used.free) - 1
	d := b.used.free[last]
	b.used.free = b.used.free[:last]
	return d
}

// useAgain is told what a handler is done with.
func useAgain(handled []entry) {
	u := noneUsed.Get().(*used)
	for i := range handled {
		if d := handled[i].event; d != nil && d.once {
			d.data, d.further = nil, nil
			u.free = append(u.free, d)
		}
	}
	if len(u.free) == 0 {
		noneUsed.Put(u)
		return
	}
	someUsed.Put(u)
}

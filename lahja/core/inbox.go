package core

import (
	"reflect"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/inspect"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// Inbox gathers what arrives from one peer, so that subscriptions receive many events at
// once. Flush delivers what was gathered. One goroutine uses an inbox at a time. It is for
// implementations that read from a connection themselves; Core.Deliver needs none.
type Inbox struct {
	core      *Core
	from      *source // of the gathered events, and of the last event
	flow      Flow    // of the gathered events
	undecoded bool    // the gathered events are decoded when they are taken
	shortcut  bool    // the last event allows the shortcut; see deliverShortcut
	grouped   bool    // some gathered events are for queue groups

	call     call          // of a handler by the reader
	answered bool          // the last frame answered a request that waits for this peer alone
	lends    bool          // a handler that the reader calls may use the read buffer
	calls    *subscription // whose handler the reader calls

	batch *batch // the gathered events; nil for none

	at      time.Time       // observed for all that was read together; zero before the first
	unseen  arrivals        // from b.from
	arrived inspect.Traffic // not counted yet
	counts  *TrafficCount   // counts arrived events; nil for the core's

	// The type of the last event.
	name       string
	found      *typeEntry
	generation uint64

	// The last other version of a type that was compatible.
	fit      *typeEntry
	fitShape uint64
}

// Init prepares the inbox, which must be zero. counts counts what arrives. takeOver is called
// when a handler waits that FlushAndCall calls; it has another goroutine read.
func (b *Inbox) Init(c *Core, counts *TrafficCount, takeOver func()) {
	b.core, b.counts, b.call.takeOver = c, counts, takeOver
}

// Next begins the next frame. It forgets what Answered reported.
func (b *Inbox) Next() { b.answered = false }

// Answered reports whether the last event answered a request that waits for this peer alone.
func (b *Inbox) Answered() bool { return b.answered }

// TakesShortcut reports whether the next event can take the shortcut, if it has the source
// and flow of the previous one and no rare fields.
func (b *Inbox) TakesShortcut(payload []byte) bool {
	c := b.core
	if b.shortcut && c.Observes() {
		b.time() // before it is decided who receives it
	}
	return b.shortcut && b.generation == c.generation.Load() && c.watching.Load() == nil && len(payload) <= mostUndecoded
}

// DeliverShortcut delivers an event that takes the shortcut.
func (b *Inbox) DeliverShortcut(sequence uint64, payload []byte) error {
	if b.core.Observes() {
		b.saw(sequence, len(payload))
	}
	if b.batch != nil && (len(b.batch.events) == mostGathered || len(b.batch.encoded)+len(payload) > mostEncoded) {
		b.Flush()
	}
	if b.batch == nil {
		b.begin(b.flow)
	}
	b.arrived.Events++
	b.arrived.Bytes += uint64(len(payload))
	b.add(sequence, len(payload)+EventCost)
	b.batch.encoded = append(b.batch.encoded, payload...)
	return nil
}

// Deliver is like Core.Deliver, but some events wait for Flush.
func (b *Inbox) Deliver(in *Incoming) error {
	c := b.core
	b.shortcut = false
	b.show()
	if c.Observes() {
		c.Observe(lahja.Observation{Kind: lahja.EventReceived, Time: b.time(), Peer: in.Origin, Event: in.Type, ID: in.ID, Answers: in.Answers, Headers: in.Headers, Size: len(in.Payload)})
	}
	if w := c.watching.Load(); w != nil {
		(*w).Received(*in)
	}
	b.arrived.Events++
	b.arrived.Bytes += uint64(len(in.Payload))
	err := b.distribute(in)
	if err == nil || !payload.WellFormed(in.Payload) {
		return err
	}
	c.discard(in, err)
	return nil
}

// time returns when the events arrived that were read together.
func (b *Inbox) time() time.Time {
	if b.at.IsZero() {
		b.at = b.core.now()
	}
	return b.at
}

func (b *Inbox) distribute(in *Incoming) error {
	c := b.core
	if in.Cost == 0 {
		in.Cost = len(in.Payload) + EventCost
	}
	var data any // of the type that the request expects
	var wanted reflect.Type
	if !in.Answers.IsZero() {
		b.Flush() // the requester may look for what came before the answer
		if request := c.pendingFor(in.Answers); request != nil {
			if !request.asks(in.Origin, in.ID.Instance) {
				request.drop()
				c.forged(in)
				return nil
			}
			wanted, b.answered = request.want.Go, request.alone.Load()
			var err error
			data, err = request.answeredBy(in)
			request.drop()
			if err != nil {
				in.unwanted()
				return err
			}
		}
	}
	entry := b.lookUp(in.Type)
	switch {
	case entry == nil:
		in.unwanted()
		if wanted == nil {
			c.counts.unclaimed.Add(1)
			c.dropped(in, unclaimed(in))
		}
		return nil
	case in.Shape != entry.eventType.Shape && !b.fits(entry, in):
		in.unwanted()
		return nil
	}
	if entry.decodesItself && data == nil && in.mayDecodeLater() {
		if len(in.Payload) <= mostUndecoded {
			b.gatherUndecoded(entry, in)
			return nil
		}
		if entry.alone.config.Borrow && b.call.takeOver != nil {
			b.lend(entry, in)
			return nil
		}
	}
	if data == nil || wanted != entry.eventType.Go {
		err := entry.admit(in.Payload)
		if err == nil {
			data, err = entry.payload.Decode(in.Payload)
		}
		if err != nil {
			in.unwanted()
			return c.malformed(in, err)
		}
	}
	b.gather(entry, in, data)
	return nil
}

// fits reports whether an event of another version of its type can be decoded here. If not,
// it drops the event.
func (b *Inbox) fits(entry *typeEntry, in *Incoming) bool {
	if b.fit == entry && b.fitShape == in.Shape {
		return true
	}
	if conflict := in.Types.Conflict(in.Type, entry.payload, in.Shape); conflict != "" {
		b.core.discard(in, b.core.mismatch("receive", in.Origin, in.Type, conflict))
		return false
	}
	b.fit, b.fitShape = entry, in.Shape
	return true
}

// lookUp returns the subscribers of a type, or nil.
func (b *Inbox) lookUp(name string) *typeEntry {
	generation := b.core.generation.Load()
	if b.generation != generation || b.name != name {
		b.core.mu.Lock()
		b.found = b.core.types[name]
		b.core.mu.Unlock()
		b.name, b.generation = name, generation
	}
	return b.found
}

func (b *Inbox) gatherUndecoded(entry *typeEntry, in *Incoming) {
	b.prepare(entry, in, true)
	b.shortcut = in.rare() == nil
	b.addRare(in)
	b.add(in.ID.Sequence, in.Cost)
	b.batch.encoded = append(b.batch.encoded, in.Payload...)
}

// lend gathers an event without a copy of its data. Nothing else is gathered with it.
func (b *Inbox) lend(entry *typeEntry, in *Incoming) {
	b.Flush()
	b.prepare(entry, in, true)
	b.addRare(in)
	b.add(in.ID.Sequence, in.Cost)
	b.batch.lent = in.Payload
}

func (b *Inbox) gather(entry *typeEntry, in *Incoming, data any) {
	b.prepare(entry, in, false)
	b.addRare(in)
	b.add(in.ID.Sequence, in.Cost)
	b.batch.data = append(b.batch.data, data)
}

// prepare delivers what the event cannot be gathered with.
func (b *Inbox) prepare(entry *typeEntry, in *Incoming, undecoded bool) {
	if all := b.batch; all != nil {
		if b.from.has(entry, in) && all.flow == in.Flow && b.undecoded == undecoded && all.lent == nil && len(all.events) < mostGathered &&
			(!undecoded || len(all.encoded)+len(in.Payload) <= mostEncoded) {
			return
		}
		b.Flush()
	}
	if b.from == nil || !b.from.has(entry, in) {
		b.from = b.sourceOf(entry, in)
	}
	b.undecoded = undecoded
	b.begin(in.Flow)
}

func (b *Inbox) sourceOf(entry *typeEntry, in *Incoming) *source {
	return &source{of: entry, origin: in.Origin, instance: in.ID.Instance, endpoint: b.core.cfg.Endpoint}
}

// begin begins a batch of events from b.from.
func (b *Inbox) begin(flow Flow) {
	b.flow = flow
	b.batch = usedBatches.Get().(*batch)
	b.batch.from, b.batch.flow = b.from, flow
}

// has reports whether the event, of that type, comes from s.
func (s *source) has(of *typeEntry, in *Incoming) bool {
	return s.of == of && s.instance == in.ID.Instance && s.origin == in.Origin
}

func (b *Inbox) add(sequence uint64, cost int) {
	all := b.batch
	all.events = append(all.events, item{sequence: sequence, cost: cost, start: len(all.encoded)})
	all.cost += cost
}

// addRare adds the event's rare fields. Call it before the event is added.
func (b *Inbox) addRare(in *Incoming) {
	f := in.rare()
	if f == nil {
		return
	}
	all := b.batch
	all.rare = append(all.rare, make([]*rareFields, len(all.events)-len(all.rare))...)
	all.rare = append(all.rare, f)
	b.grouped = b.grouped || in.Groups != nil
}

// Flush delivers what was gathered, and counts all that has arrived. So events are counted
// before they are handled.
func (b *Inbox) Flush() {
	b.seen()
	if b.batch == nil {
		return
	}
	grouped := b.grouped
	b.grouped = false
	b.core.dispatch(b.taken(), grouped)
}

// seen has observed and counted what has arrived.
func (b *Inbox) seen() {
	b.show()
	b.at = time.Time{}
	b.count()
}

// complete adds the rare fields of the last events, which have none.
func (b *batch) complete() {
	if len(b.rare) > 0 {
		b.rare = append(b.rare, make([]*rareFields, len(b.events)-len(b.rare))...)
	}
}

// taken returns what was gathered. A few events, or events that somebody may keep, get
// memory of exactly their size.
func (b *Inbox) taken() *batch {
	all := b.batch
	all.complete()
	b.batch = nil
	if all.again = b.undecoded && all.lent == nil && all.cost >= leastUsedAgain; all.again {
		return all
	}
	exact := all.clone()
	all.putBack()
	return exact
}

func (b *Inbox) count() {
	if b.arrived.Events == 0 {
		return
	}
	counts := b.counts
	if counts == nil {
		counts = &b.core.counts.received
	}
	counts.Add(b.arrived)
	b.arrived = inspect.Traffic{}
}

// Deliver gives an event to the request that it answers, then to streams, and then queues
// it for handlers. It never waits for any of them, and decodes only what is wanted. An
// event that nobody takes is observed. A payload that does not fit its type here is
// dropped, logged and observed, and fails the request that it answers. Deliver returns an
// error (ErrMalformed) only if the payload is not CBOR. With a Flow, that may be found only
// later, when a handler's goroutine decodes the event; Flow.End then ends the connection.
func (c *Core) Deliver(in Incoming) error {
	box := Inbox{core: c}
	defer box.Flush()
	return box.Deliver(&in)
}

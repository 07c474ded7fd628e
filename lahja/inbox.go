package lahja

import (
	"reflect"
	"sync/atomic"

	"github.com/lahja/go-lahja/lahja/internal/payload"
	"github.com/lahja/go-lahja/lahja/internal/work"
)

// inbox gathers what arrives, so that subscriptions receive many events at once. flush
// delivers what was gathered. One goroutine uses it at a time.
type inbox struct {
	core      *Core
	from      *source // of the gathered events, and of the last event
	flow      Flow    // of the gathered events
	undecoded bool    // the gathered events are decoded when they are taken
	shortcut  bool    // the last event allows the shortcut; see deliverShortcut
	grouped   bool    // some gathered events are for queue groups

	// If the reader may call handlers itself, work counts it while it does not.
	work     *work.Group
	leased   bool        // a request that waits for its answer reads
	answered bool        // the last frame answered a request that waits for this peer alone
	inlined  inlined     // the inline subscription; nothing is gathered meanwhile
	entered  atomic.Bool // inlined has a subscription; for other goroutines

	batch *batch // the gathered events; nil for none

	arrived Traffic       // not counted yet
	counts  *trafficCount // counts arrived events; nil for the core's

	// The type of the last event.
	name       string
	found      *typeEntry
	generation uint64

	// The last other version of a type that was compatible.
	fit      *typeEntry
	fitShape uint64
}

const (
	// mostGathered is how many events an inbox gathers at most: about as many small ones as
	// one read returns.
	mostGathered = 512
	// mostUndecoded is the size of the largest data that is gathered undecoded, because
	// that copies it. mostEncoded is how much of it is gathered.
	mostUndecoded = 4 << 10
	mostEncoded   = 64 << 10
)

// takesShortcut reports whether the next event can take the shortcut, if it has the source
// and flow of the previous one and no rare fields.
func (b *inbox) takesShortcut(payload []byte) bool {
	c := b.core
	return b.shortcut && b.generation == c.generation.Load() && c.cfg.Observer == nil && c.watching.Load() == nil &&
		(b.inlined.sub != nil || len(payload) <= mostUndecoded)
}

// deliverShortcut delivers an event that takes the shortcut.
func (b *inbox) deliverShortcut(sequence uint64, payload []byte) error {
	if b.inlined.sub != nil {
		b.arrived.Events++
		b.arrived.Bytes += uint64(len(payload))
		return b.call(sequence, payload, nil, len(payload)+EventCost)
	}
	if b.batch != nil && (len(b.batch.events) == mostGathered || len(b.batch.encoded)+len(payload) > mostEncoded) {
		b.flush()
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

// deliver is like Core.Deliver, but some events wait for flush.
func (b *inbox) deliver(in *Incoming) error {
	c := b.core
	b.shortcut = false
	if c.cfg.Observer != nil {
		c.observe(Observation{Kind: EventReceived, Peer: in.Origin, Event: in.Type, ID: in.ID, Answers: in.Answers, Headers: in.Headers, Size: len(in.Payload)})
	}
	if w := c.watching.Load(); w != nil {
		(*w).received(*in)
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

func (b *inbox) distribute(in *Incoming) error {
	c := b.core
	if in.Cost == 0 {
		in.Cost = len(in.Payload) + EventCost
	}
	var data any // of the type that the request expects
	var wanted reflect.Type
	if !in.Answers.IsZero() {
		b.flush() // the requester may look for what came before the answer
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
	if b.work != nil && !b.leased && entry.inline && data == nil && in.Flow != nil && in.Groups == nil {
		if ok, err := b.callInline(entry, in); ok {
			return err
		}
	}
	if entry.decodesItself && data == nil && in.mayDecodeLater() {
		b.gatherUndecoded(entry, in)
		return nil
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
func (b *inbox) fits(entry *typeEntry, in *Incoming) bool {
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

// mayDecodeLater reports whether the event may be decoded when it is taken: it is small,
// and comes from a connection that can be ended if the data is invalid.
func (in *Incoming) mayDecodeLater() bool {
	return in.Flow != nil && len(in.Payload) <= mostUndecoded && in.Groups == nil
}

// lookUp returns the subscribers of a type, or nil.
func (b *inbox) lookUp(name string) *typeEntry {
	generation := b.core.generation.Load()
	if b.generation != generation || b.name != name {
		b.found = b.core.entryOf(name)
		b.name, b.generation = name, generation
	}
	return b.found
}

func (b *inbox) gatherUndecoded(entry *typeEntry, in *Incoming) {
	b.prepare(entry, in, true)
	b.shortcut = in.rare() == nil && !entry.inline // Inline events each try to enter first.
	b.addRare(in)
	b.add(in.ID.Sequence, in.Cost)
	b.batch.encoded = append(b.batch.encoded, in.Payload...)
}

func (b *inbox) gather(entry *typeEntry, in *Incoming, data any) {
	b.prepare(entry, in, false)
	b.addRare(in)
	b.add(in.ID.Sequence, in.Cost)
	b.batch.data = append(b.batch.data, data)
}

// prepare delivers what the event cannot be gathered with.
func (b *inbox) prepare(entry *typeEntry, in *Incoming, undecoded bool) {
	if all := b.batch; all != nil {
		if b.from.has(entry, in) && all.flow == in.Flow && b.undecoded == undecoded && len(all.events) < mostGathered &&
			(!undecoded || len(all.encoded)+len(in.Payload) <= mostEncoded) {
			return
		}
		b.flush()
	}
	b.leave()
	if b.from == nil || !b.from.has(entry, in) {
		b.from = b.sourceOf(entry, in)
	}
	b.undecoded = undecoded
	b.begin(in.Flow)
}

func (b *inbox) sourceOf(entry *typeEntry, in *Incoming) *source {
	return &source{of: entry, origin: in.Origin, instance: in.ID.Instance, endpoint: b.core.cfg.Endpoint}
}

// begin begins a batch of events from b.from.
func (b *inbox) begin(flow Flow) {
	b.flow = flow
	b.batch = usedBatches.Get().(*batch)
	b.batch.from, b.batch.flow = b.from, flow
}

// has reports whether the event, of that type, comes from s.
func (s *source) has(of *typeEntry, in *Incoming) bool {
	return s.of == of && s.instance == in.ID.Instance && s.origin == in.Origin
}

func (b *inbox) add(sequence uint64, cost int) {
	all := b.batch
	all.events = append(all.events, item{sequence: sequence, cost: cost, start: len(all.encoded)})
	all.cost += cost
}

// addRare adds the event's rare fields. Call it before the event is added.
func (b *inbox) addRare(in *Incoming) {
	f := in.rare()
	if f == nil {
		return
	}
	all := b.batch
	all.rare = append(all.rare, make([]*rareFields, len(all.events)-len(all.rare))...)
	all.rare = append(all.rare, f)
	b.grouped = b.grouped || in.Groups != nil
}

// flush delivers what was gathered, and counts all that has arrived. So events are counted
// before they are handled, except inline ones.
func (b *inbox) flush() {
	b.count()
	b.leave()
	if b.batch == nil {
		return
	}
	grouped := b.grouped
	b.grouped = false
	b.core.dispatch(b.taken(), grouped)
}

// taken returns what was gathered. A few events, or events that somebody may keep, get
// memory of exactly their size.
func (b *inbox) taken() *batch {
	all := b.batch
	if len(all.rare) > 0 {
		all.rare = append(all.rare, make([]*rareFields, len(all.events)-len(all.rare))...)
	}
	b.batch = nil
	if all.again = b.undecoded && all.cost >= leastUsedAgain; all.again {
		return all
	}
	exact := all.clone()
	all.putBack()
	return exact
}

func (b *inbox) count() {
	if b.arrived.Events == 0 {
		return
	}
	counts := b.counts
	if counts == nil {
		counts = &b.core.counts.received
	}
	counts.add(b.arrived)
	b.arrived = Traffic{}
}

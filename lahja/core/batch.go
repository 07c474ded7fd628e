package core

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/lahja/go-lahja/lahja"
)

// source is what the events of one type from one endpoint have in common.
type source struct {
	of       *typeEntry
	origin   string
	instance uint64
	endpoint lahja.EndpointAPI
}

// common returns a Received with what all events of the source have in common.
func (s *source) common() lahja.Received {
	return lahja.NewReceived(s.endpoint, lahja.Received{Type: s.of.eventType, Origin: s.origin, ID: lahja.EventID{Instance: s.instance}})
}

// received returns an event of the source without its data.
func (s *source) received(sequence uint64, f *rareFields) lahja.Received {
	r := s.common()
	r.ID.Sequence = sequence
	if f != nil {
		r.Answers, r.Headers = f.answers, f.headers
	}
	return r
}

// batch is events of one type that came together from one endpoint. The queues of all
// subscriptions share it. Once it is queued, only holds changes. Its parts lie next to each
// other, because cold memory is most of the cost of a small event.
type batch struct {
	from    *source
	flow    Flow // nil: nobody counts
	window  int
	cost    int // of all events
	events  []item
	encoded []byte         // the data, if the events are decoded when they are taken
	lent    []byte         // instead of encoded, the data of the only event, in the read buffer
	data    []any          // the decoded data otherwise
	rare    []*rareFields  // nil if no event has any
	holds   []atomic.Int32 // how many subscriptions have not taken each event; nil for at most one
	again   bool           // its memory is reused once all are handled

	one struct { // memory for a batch of one
		events [1]item
		data   [1]any
		holds  [1]atomic.Int32
	}
}

// item is one event of a batch.
type item struct {
	sequence uint64
	cost     int
	start    int // of its data in encoded
}

// batchOfOne returns a batch with one event that came alone.
func batchOfOne(from *source, flow Flow, event item, data any, f *rareFields) *batch {
	b := &batch{from: from, flow: flow, cost: event.cost}
	b.one.events[0], b.one.data[0] = event, data
	b.events, b.data = b.one.events[:], b.one.data[:]
	if f != nil {
		b.rare = []*rareFields{f}
	}
	return b
}

// only returns a batch with one of the events, which is decoded.
func (b *batch) only(i int) *batch {
	if len(b.events) == 1 {
		return b
	}
	return batchOfOne(b.from, b.flow, b.events[i], b.data[i], b.rareOf(i))
}

// clone returns the batch in its own memory.
func (b *batch) clone() *batch {
	c := &batch{from: b.from, flow: b.flow, cost: b.cost, rare: slices.Clone(b.rare), encoded: bytes.Clone(b.encoded)}
	if b.lent != nil {
		c.encoded = bytes.Clone(b.lent)
	}
	if len(b.events) == 1 {
		c.one.events[0] = b.events[0]
		c.events = c.one.events[:]
	} else {
		c.events = slices.Clone(b.events)
	}
	switch {
	case len(b.data) == 1:
		c.one.data[0] = b.data[0]
		c.data = c.one.data[:]
	case len(b.data) > 1:
		c.data = slices.Clone(b.data)
	}
	return c
}

// all returns the entry of all events.
func (b *batch) all() entry { return entry{batch: b, to: len(b.events)} }

// undecoded reports whether the events are decoded when they are taken.
func (b *batch) undecoded() bool { return len(b.data) == 0 }

// payload returns the encoded data of an undecoded event.
func (b *batch) payload(i int) []byte {
	if b.lent != nil {
		return b.lent
	}
	end := len(b.encoded)
	if i+1 < len(b.events) {
		end = b.events[i+1].start
	}
	return b.encoded[b.events[i].start:end:end]
}

// received returns an event as its receiver gets it, without data that is undecoded.
func (b *batch) received(i int) lahja.Received {
	r := b.from.received(b.events[i].sequence, b.rareOf(i))
	if !b.undecoded() {
		r = r.WithData(b.data[i])
	}
	return r
}

// groups returns the groups for which the endpoint was chosen.
func (b *batch) groups(i int) []string {
	if f := b.rareOf(i); f != nil {
		return f.groups
	}
	return nil
}

// rareOf returns an event's rare fields, nil for most events.
func (b *batch) rareOf(i int) *rareFields {
	if len(b.rare) == 0 {
		return nil
	}
	return b.rare[i]
}

// expect records how many subscriptions must take each event, and the window that the
// events take a part of. Call it before any of them can.
func (b *batch) expect(window, blocking int) {
	b.window = window
	if blocking > 1 {
		if b.holds = b.one.holds[:]; len(b.events) > 1 {
			b.holds = make([]atomic.Int32, len(b.events))
		}
		for i := range b.holds {
			b.holds[i].Store(int32(blocking))
		}
	}
}

// release acknowledges all events, so that the sender may send as much again.
func (b *batch) release() {
	if b.flow != nil {
		b.flow.Taken(b.cost, b.window)
	}
}

// taken records that a subscription that counts has taken these events. It returns the cost
// of those for which it was the last one.
func (b *batch) taken(from, to int) (cost int) {
	for i := from; i < to; i++ {
		if b.holds == nil || b.holds[i].Add(-1) == 0 {
			cost += b.events[i].cost
		}
	}
	return cost
}

// allTaken is called when a subscription that counts has taken these events. Those that
// came together are acknowledged together.
func allTaken(events []entry) {
	var flow Flow
	cost, window := 0, 0
	for _, e := range events {
		if e.batch == nil || e.batch.flow == nil {
			continue
		}
		if cost > 0 && flow != e.batch.flow {
			flow.Taken(cost, window)
			cost = 0
		}
		flow, window = e.batch.flow, e.batch.window
		cost += e.batch.taken(e.from, e.to)
	}
	if cost > 0 {
		flow.Taken(cost, window)
	}
}

const (
	// mostGathered is how many events an inbox gathers at most: about as many small ones as
	// one read returns. mostEncoded is how much undecoded data it gathers.
	mostGathered = 512
	mostEncoded  = 64 << 10
)

// usedBatches are batches that nobody refers to any more.
var usedBatches = sync.Pool{New: func() any {
	return &batch{events: make([]item, 0, mostGathered), encoded: make([]byte, 0, mostEncoded)}
}}

// leastUsedAgain is the least cost of a batch that gets memory made for the largest batch,
// about half of what that memory takes. Otherwise a queue would take far more memory than
// it counts. Smaller batches get memory of exactly their size.
const leastUsedAgain = 36 << 10

// useAgain is called when the only receiver of the events has handled all before to.
func (b *batch) useAgain(to int) {
	if b != nil && b.again && to == len(b.events) {
		b.putBack()
	}
}

func (b *batch) putBack() {
	clear(b.data)
	clear(b.rare)
	*b = batch{events: b.events[:0], encoded: b.encoded[:0], data: b.data[:0], rare: b.rare[:0]}
	usedBatches.Put(b)
}

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

// barrier is passed by each handler that had work queued when it was set. Then it calls
// done once.
type barrier struct {
	left atomic.Int64
	done func()
}

func (b *barrier) pass() {
	if b.left.Add(-1) == 0 {
		b.done()
	}
}

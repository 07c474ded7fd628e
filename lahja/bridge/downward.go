package bridge

import (
	"sync"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/internal/sendq"
)

// downward is what has come from the server and has found no room in the queue to the socket, in
// order. What is more than Options.QueueBytes is dropped and counted, because the server cannot be
// held up.
type downward struct {
	pair   *pair
	latest string // the type of the last event; the proxy's goroutine's own

	mu    sync.Mutex
	line  []*waiting
	bytes int
	lost  uint64 // events that found no room before the connection ended
}

// waiting is an event that waits for room, or what is to be done once everything before has been
// queued.
type waiting struct {
	event sendq.Pending
	name  string // of its type
	gone  bool
	then  func()
}

// toSocket passes an event on, which may be kept.
func (p *pair) toSocket(m wire.EventMsg, frame []byte) {
	if m.Groups != nil {
		frame = wire.AppendEvent(nil, m, -1)
	}
	f := &sendq.Frame{Bytes: frame, Sequence: m.Sequence, Limited: len(frame) + core.EventCost}
	name := p.down.nameOf(m.TypeBytes)
	if m.AnswersInstance|m.AnswersSequence == 0 { // Answers pass no window.
		f.Event, f.Cost = name, len(m.Payload)+core.EventCost
	}
	switch p.offer(f) {
	case sendq.Full:
		p.down.await(name, f)
	case sendq.Queued:
		p.passed(name, f)
	}
}

// nameOf is the type's name. Most events have that of the one before.
func (d *downward) nameOf(event []byte) string {
	if d.latest != string(event) {
		d.latest = string(event)
	}
	return d.latest
}

// offer queues an event, or writes it at once if no other one follows it already.
func (p *pair) offer(f *sendq.Frame) sendq.Outcome {
	if p.local.proxy.Busy() {
		return p.out.Offer(f)
	}
	outcome, finished := p.out.WriteOrOffer(f)
	if finished {
		p.wroteLast()
	}
	return outcome
}

// passed counts an event that will be written.
func (p *pair) passed(event string, f *sendq.Frame) {
	p.toSockets.add(len(f.Bytes))
	p.bridge.counts.toSockets.add(len(f.Bytes))
	p.show(wire.Sent, event, wire.EventBody(f.Bytes))
}

// waits is how many events wait for room.
func (d *downward) waits() (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, w := range d.line {
		if w.then == nil && !w.gone {
			n++
		}
	}
	return n
}

// await lets an event wait for room, or drops it.
func (d *downward) await(event string, f *sendq.Frame) {
	p := d.pair
	d.mu.Lock()
	if d.bytes+f.Limited > p.bridge.opts.QueueBytes {
		d.mu.Unlock()
		p.bridge.lose(1, p, "their receiver does not keep up")
		return
	}
	w := &waiting{name: event}
	w.event.Frame = f
	w.event.Wake = func() { d.left(w) }
	d.line = append(d.line, w)
	d.bytes += f.Limited
	d.mu.Unlock()
	if p.out.Await(&w.event) {
		d.left(w)
	}
}

// left: an event waits no more. It may be called with the queue's lock held.
func (d *downward) left(w *waiting) {
	d.mu.Lock()
	w.gone = true
	d.bytes -= w.event.Frame.Limited
	queued := w.event.Outcome() == sendq.Queued
	if !queued {
		d.lost++
	}
	ready := d.advanceLocked()
	d.mu.Unlock()
	if queued {
		d.pair.passed(w.name, w.event.Frame)
	}
	if len(ready) > 0 {
		d.pair.bridge.work.Go(func() {
			for _, do := range ready {
				do()
			}
		})
	}
}

// advanceLocked takes out of the line what waits no more, and returns what is to be done then.
func (d *downward) advanceLocked() (ready []func()) {
	n := 0
	for ; n < len(d.line) && (d.line[n].gone || d.line[n].then != nil); n++ {
		if do := d.line[n].then; do != nil {
			ready = append(ready, do)
		}
		d.line[n] = nil
	}
	if d.line = d.line[n:]; len(d.line) == 0 {
		d.line = nil
	}
	return ready
}

// then calls do once everything that waits has been queued.
func (d *downward) then(do func()) {
	d.mu.Lock()
	if len(d.line) == 0 {
		d.mu.Unlock()
		do()
		return
	}
	d.line = append(d.line, &waiting{then: do})
	d.mu.Unlock()
}

// syncSocket asks the local to say when it has handled everything before.
func (p *pair) syncSocket(answer func()) {
	p.mu.Lock()
	p.asked++
	number := p.asked
	many := len(p.answers) >= mostSyncs
	if !many {
		p.answers[number] = answer
	}
	p.mu.Unlock()
	if many {
		p.fail(malformed("%d syncs of %s wait for %s at once, which is the limit", mostSyncs, p.remote, p.local.name))
		return
	}
	p.down.then(func() { p.control(wire.NumberMsg{Number: number}.Append(nil, wire.Sync)) })
}

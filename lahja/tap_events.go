package lahja

import (
	"time"

	"github.com/lahja/go-lahja/internal/wire"
)

// taps are the taps that want passing events. A set is immutable.
type taps []*tap

// setTaps selects the taps that want events from all. While there are none, an event costs
// only the load of a pointer.
func (e *Endpoint) setTaps(all []*tap) {
	var set taps
	for _, t := range all {
		if t.events {
			set = append(set, t)
		}
	}
	if set == nil {
		e.core.setWatcher(nil)
		e.shown.Store(nil)
		return
	}
	e.shown.Store(&set)
	e.core.setWatcher(set)
}

// wanting returns the taps that want a type and have room.
func (ts taps) wanting(event string) taps {
	var some taps
	for _, t := range ts {
		if t.wants(event) {
			some = append(some, t)
		}
	}
	return some
}

// show gives the taps a copy of a passing event.
func (ts taps) show(m wire.TappedMsg) {
	m.Time = time.Now().UnixNano()
	frame := m.Append(nil)
	for _, t := range ts {
		t.push(frame)
	}
}

// sent shows an event that was queued for peers.
func (ts taps) sent(s *sending) {
	to := peerNames(s.done())
	if len(to) == 0 {
		return
	}
	if some := ts.wanting(s.out.Type.Name); some != nil {
		some.show(wire.TappedMsg{Passage: wire.Sent, Instance: s.out.ID.Instance, Peers: to, Event: wire.EventBody(s.frame.Bytes)})
	}
}

// received implements watcher.
func (ts taps) received(in Incoming) {
	if some := ts.wanting(in.Type); some != nil {
		frame := wire.AppendEvent(nil, wire.EventMsg{Type: in.Type, Shape: in.Shape, Sequence: in.ID.Sequence,
			AnswersInstance: in.Answers.Instance, AnswersSequence: in.Answers.Sequence, Headers: in.Headers, Payload: in.Payload}, -1)
		some.show(wire.TappedMsg{Passage: wire.Received, Instance: in.ID.Instance, Peers: []string{in.Origin}, Event: wire.EventBody(frame)})
	}
}

// local implements watcher. Most such events are encoded only for this.
func (ts taps) local(o Outgoing) {
	some := ts.wanting(o.Type.Name)
	if some == nil {
		return
	}
	m := wire.TappedMsg{Passage: wire.Local, Instance: o.ID.Instance}
	payload, err := o.appendPayload(nil)
	if err != nil {
		m.Trouble = err.Error()
	}
	m.Event = wire.EventBody(wire.AppendEvent(nil, wire.EventMsg{Type: o.Type.Name, Shape: o.Type.Shape, Sequence: o.ID.Sequence,
		AnswersInstance: o.Answers.Instance, AnswersSequence: o.Answers.Sequence, Headers: o.Headers, Payload: payload}, -1))
	some.show(m)
}

package p2p

import (
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/internal/tap"
)

// taps are the taps that want passing events.
type taps struct{ tap.Set }

// setTaps selects the taps that want events from all. While there are none, an event costs
// only the load of a pointer.
func (e *Endpoint) setTaps(all []*tap.Tap) {
	set := taps{tap.OfEvents(all)}
	if set.Set == nil {
		e.core.SetWatcher(nil)
		e.shown.Store(nil)
		return
	}
	e.shown.Store(&set)
	e.core.SetWatcher(set)
}

// sent shows an event that was queued for peers.
func (ts taps) sent(s *sending) {
	to := peerNames(s.done())
	if len(to) == 0 {
		return
	}
	if some := ts.Wanting(s.out.Type.Name); some != nil {
		some.Show(wire.TappedMsg{Passage: wire.Sent, Instance: s.out.ID.Instance, Peers: to, Event: wire.EventBody(s.frame.Bytes)})
	}
}

// Received implements core.Watcher.
func (ts taps) Received(in core.Incoming) {
	if some := ts.Wanting(in.Type); some != nil {
		frame := wire.AppendEvent(nil, wire.EventMsg{Type: in.Type, Shape: in.Shape, Sequence: in.ID.Sequence,
			AnswersInstance: in.Answers.Instance, AnswersSequence: in.Answers.Sequence, Headers: in.Headers, Payload: in.Payload}, -1)
		some.Show(wire.TappedMsg{Passage: wire.Received, Instance: in.ID.Instance, Peers: []string{in.Origin}, Event: wire.EventBody(frame)})
	}
}

// Local implements core.Watcher. Most such events are encoded only for this.
func (ts taps) Local(o core.Outgoing) {
	some := ts.Wanting(o.Type.Name)
	if some == nil {
		return
	}
	m := wire.TappedMsg{Passage: wire.Local, Instance: o.ID.Instance}
	payload, err := o.AppendUnchecked(nil)
	if err != nil {
		m.Trouble = err.Error()
	}
	m.Event = wire.EventBody(wire.AppendEvent(nil, wire.EventMsg{Type: o.Type.Name, Shape: o.Type.Shape, Sequence: o.ID.Sequence,
		AnswersInstance: o.Answers.Instance, AnswersSequence: o.Answers.Sequence, Headers: o.Headers, Payload: payload}, -1))
	some.Show(m)
}

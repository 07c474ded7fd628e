package p2p

import (
	"fmt"
	"sync/atomic"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/internal/ordered"
)

// flow counts what is on its way of one event type from one peer. It is the other end of
// the peer's send window.
type flow struct {
	peer  *peer
	event string
	held  atomic.Int64 // of events that have arrived and are not taken
	owed  atomic.Int64 // of events that were taken and are not acknowledged
}

// flow returns the flow of a type, and makes it when it is first needed. Their number is
// limited, because each name takes memory for the length of the connection.
func (p *peer) flow(event []byte) (*flow, error) {
	if f := p.latest; f != nil && f.event == string(event) {
		return f, nil
	}
	if f := p.flows[string(event)]; f != nil {
		p.latest = f
		return f, nil
	}
	if len(p.flows) >= wire.MaxTypes {
		return nil, fmt.Errorf("%w: events of more than %d types", wire.ErrMalformed, wire.MaxTypes)
	}
	f := &flow{peer: p, event: string(event)}
	p.flows[f.event], p.latest = f, f
	return f, nil
}

// holds records an event that has arrived. A peer that exceeds its window does not follow
// the protocol.
func (f *flow) holds(cost int) error {
	e := f.peer.endpoint
	held := f.held.Add(int64(cost))
	if held <= lahja.DefaultQueueBytes {
		return nil
	}
	window := e.core.WidestWindow()
	if most := window + e.opts.MaxPayload + core.EventCost; held > int64(most) {
		return fmt.Errorf("%w: %d bytes of %s are under way; the limit is %d", wire.ErrMalformed, held, f.event, window)
	}
	return nil
}

// Taken implements Flow. It acknowledges a quarter of the window at once.
func (f *flow) Taken(cost, window int) {
	f.held.Add(-int64(cost))
	if f.owed.Add(int64(cost)) < int64(window/4) {
		return
	}
	if owed := f.owed.Swap(0); owed > 0 {
		f.peer.control(wire.TakenMsg{TypeBytes: []byte(f.event), Bytes: uint64(owed)}.Append(nil))
	}
}

// End implements Flow.
func (f *flow) End(reason error) bool { return f.peer.fail(reason) }

// maxAnswers is how many bytes of answers from one peer may wait in subscriptions, which
// receive all answers too. Senders of answers never wait, so answers have no window; but
// their memory needs a bound.
const maxAnswers = 64 << 20

// answerFlow counts the answers from one peer that wait in subscriptions.
type answerFlow struct {
	peer *peer
	held atomic.Int64

	counted atomic.Int64                // what of held the endpoint's memory knows of
	mu      ordered.Mutex[ordered.Leaf] // held while it is told
	gone    bool                        // the connection is
}

func (f *answerFlow) holds(cost int) error {
	held := f.held.Add(int64(cost))
	f.count()
	e := f.peer.endpoint
	e.relieve()
	err := e.memory.takesAnswers(f)
	if held > maxAnswers {
		err = e.core.Fail("receive", lahja.ErrQueueFull,
			fmt.Sprintf("%d bytes of answers from %s wait for subscriptions to their types; the limit is %d MiB; handle them faster, or unsubscribe", held, f.peer.name, maxAnswers>>20))
	}
	if err != nil {
		f.Taken(cost, 0) // Nobody receives it.
	}
	return err
}

// Taken implements Flow. It acknowledges nothing.
func (f *answerFlow) Taken(cost, _ int) {
	f.held.Add(-int64(cost))
	f.count()
}

// End implements Flow.
func (f *answerFlow) End(reason error) bool { return f.peer.fail(reason) }

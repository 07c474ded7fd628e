package lahja

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"time"

	"github.com/lahja/go-lahja/internal/glob"
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/internal/ordered"
	"github.com/lahja/go-lahja/lahja/internal/sendq"
)

// tap is a connection that only observes: it is not a peer, and nobody waits for it.
type tap struct {
	conn     net.Conn
	out      *bufio.Writer // to conn
	frames   *wire.Reader
	interval time.Duration // between inspections; 0 means a single one
	events   bool          // it wants passing events
	types    []string      // patterns; empty for all
	patterns []glob.Pattern
	wake     chan struct{} // holds a token while something may wait
	done     chan struct{} // closed when it has ended

	mu      ordered.Mutex[ordered.Leaf]
	wanted  map[string]bool // whether a type matches
	queue   [][]byte
	waiting int    // bytes in queue and being written, with EventCost for each
	atHand  int    // how many frames are being written
	shown   uint64 // events that were queued
	lost    uint64 // events without room
	told    uint64 // how many of lost the tap was told of
	sealed  bool   // it ends when all that waits is written
}

// mostWanted is for how many types a tap remembers whether its patterns match.
const mostWanted = 1 << 10

func newTap(conn net.Conn, frames *wire.Reader, m wire.TapMsg) *tap {
	t := &tap{conn: conn, out: bufio.NewWriterSize(conn, sendq.WriteBuffer), frames: frames, events: m.Events, types: m.Types,
		wake: make(chan struct{}, 1), done: make(chan struct{}), wanted: map[string]bool{}}
	if m.Interval > 0 {
		most := uint64(time.Hour / time.Millisecond)
		t.interval = max(time.Duration(min(m.Interval, most))*time.Millisecond, MinTapInterval)
	}
	for _, pattern := range m.Types {
		t.patterns = append(t.patterns, glob.Compile(pattern))
	}
	return t
}

// wants reports whether the tap wants events of the type and has room for one. If it only
// lacks room, it counts the event as lost.
func (t *tap) wants(event string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	wanted, known := t.wanted[event]
	if !known {
		wanted = t.matches(event)
		if len(t.wanted) >= mostWanted {
			clear(t.wanted)
		}
		t.wanted[event] = wanted
	}
	if wanted && t.waiting >= TapQueueBytes {
		t.loseLocked()
		return false
	}
	return wanted
}

func (t *tap) matches(event string) bool {
	for _, p := range t.patterns {
		if p.MatchString(event) {
			return true
		}
	}
	return len(t.patterns) == 0
}

// push queues a frame, or drops it if there is no room. An empty queue accepts any frame.
func (t *tap) push(frame []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	cost := len(frame) + EventCost
	if t.sealed || t.waiting > 0 && t.waiting+cost > TapQueueBytes {
		t.loseLocked()
		return
	}
	t.queue = append(t.queue, frame)
	t.waiting += cost
	t.shown++
	t.wakeUp()
}

// loseLocked counts an event that the tap does not receive, and lets the writer tell it.
func (t *tap) loseLocked() {
	t.lost++
	t.wakeUp()
}

func (t *tap) wakeUp() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// take hands what waits to the writer, and the number of lost events, which came after all
// that was queued when the queue was full. last reports that nothing follows.
func (t *tap) take() (batch [][]byte, last bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	batch, t.atHand = t.queue, len(t.queue)
	t.queue = nil
	if t.lost > t.told {
		t.told = t.lost
		batch = append(batch, wire.NumberMsg{Number: t.lost}.Append(nil, wire.Lost))
	}
	if t.sealed {
		batch = append(batch, wire.GoodbyeMsg{}.Append(nil))
	}
	return batch, t.sealed
}

// wrote makes room for what the writer has taken.
func (t *tap) wrote() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.atHand, t.waiting = 0, 0
	for _, frame := range t.queue {
		t.waiting += len(frame) + EventCost
	}
}

// seal ends the tap when everything that waits is written.
func (t *tap) seal() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sealed = true
	t.wakeUp()
}

func (t *tap) inspect() InspectedTap {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := InspectedTap{Events: t.events, Types: t.types, Shown: t.shown, Lost: t.lost,
		Queue: InspectedQueue{Events: len(t.queue) + t.atHand, Bytes: t.waiting, Limit: TapQueueBytes}}
	i.Address = addressText(t.conn.RemoteAddr())
	return i
}

// look serves the tap until the connection ends.
func (e *Endpoint) look(t *tap) error {
	written := make(chan struct{})
	go func() {
		defer close(written)
		e.show(t)
		t.conn.Close()
	}()
	_, _, err := t.frames.Next(wire.MaxHello)
	if err == nil {
		err = fmt.Errorf("%w: a tap says nothing after its first frame", wire.ErrMalformed)
	}
	t.conn.Close()
	e.forget(t)
	close(t.done)
	<-written
	return err
}

// show writes to the tap.
func (e *Endpoint) show(t *tap) {
	if e.showInspection(t) != nil {
		return
	}
	var tick <-chan time.Time
	if t.interval > 0 {
		ticker := time.NewTicker(t.interval)
		defer ticker.Stop()
		tick = ticker.C
	}
	for {
		var err error
		last := false
		select {
		case <-t.wake:
			last, err = t.showEvents()
		case <-tick:
			err = e.showInspection(t)
		case <-t.done:
			return
		}
		if err != nil || last {
			return
		}
	}
}

func (t *tap) showEvents() (last bool, err error) {
	batch, last := t.take()
	for _, frame := range batch {
		_, _ = t.out.Write(frame) // Its first error sticks.
	}
	err = t.out.Flush()
	t.wrote()
	return last, err
}

func (e *Endpoint) showInspection(t *tap) error {
	data, err := json.Marshal(e.Inspect())
	if err == nil && len(data) >= wire.MaxInspected {
		err = fmt.Errorf("the inspection takes %d bytes; the limit is %d", len(data), wire.MaxInspected)
	}
	if err != nil {
		refusal := wire.RefuseMsg{Code: wire.RefuseLimit, Reason: err.Error()}
		_, _ = t.conn.Write(refusal.Append(nil)) // The connection ends in any case.
		return err
	}
	_, err = t.conn.Write(wire.AppendInspected(nil, data))
	return err
}

// showRest lets taps read what waits for them, as long as ctx and TapGoodbye allow.
func (e *Endpoint) showRest(ctx context.Context) {
	e.mu.Lock()
	taps := e.taps
	e.mu.Unlock()
	sealTaps(taps)
	ctx, cancel := context.WithTimeout(ctx, TapGoodbye)
	defer cancel()
	awaitTaps(ctx, taps)
}

func sealTaps(taps []*tap) {
	for _, t := range taps {
		t.seal()
	}
}

// awaitTaps waits until the taps that were sealed have ended.
func awaitTaps(ctx context.Context, taps []*tap) {
	for _, t := range taps {
		select {
		case <-t.done:
		case <-ctx.Done():
		}
	}
}

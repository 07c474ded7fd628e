// Package tap serves connections that only look on (`lahja tap`): what waits for them, and what they
// are told. It knows neither endpoints nor bridges. Whoever is tapped decides who may tap.
package tap

import (
	"bufio"
	"net"
	"sync"
	"time"

	"github.com/lahja/go-lahja/internal/glob"
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/inspect"
	"github.com/lahja/go-lahja/lahja/internal/ordered"
	"github.com/lahja/go-lahja/lahja/internal/sendq"
)

const (
	// QueueBytes bounds what waits for each tap, with core.EventCost for each event. A larger
	// event passes if the queue is empty.
	QueueBytes = 4 << 20
	// MinInterval is the shortest time between two inspections.
	MinInterval = 100 * time.Millisecond
	// mostWanted is for how many types a tap remembers whether its patterns match.
	mostWanted = 1 << 10
)

// Tap is a connection that only observes: it is not a peer, and nobody waits for it.
type Tap struct {
	conn     net.Conn
	out      *bufio.Writer // to conn
	frames   *wire.Reader
	interval time.Duration // between inspections; 0 means a single one
	events   bool          // it wants passing events
	types    []string      // patterns; empty for all
	patterns []glob.Pattern
	wake     chan struct{} // holds a token while something may wait
	done     chan struct{} // closed when it has ended
	closing  sync.Once     // of the connection

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

// New returns a tap of a connection whose first frame was m.
func New(conn net.Conn, frames *wire.Reader, m wire.TapMsg) *Tap {
	t := &Tap{conn: conn, out: bufio.NewWriterSize(conn, sendq.WriteBuffer), frames: frames, events: m.Events, types: m.Types,
		wake: make(chan struct{}, 1), done: make(chan struct{}), wanted: map[string]bool{}}
	if m.Interval > 0 {
		most := uint64(time.Hour / time.Millisecond)
		t.interval = max(time.Duration(min(m.Interval, most))*time.Millisecond, MinInterval)
	}
	for _, pattern := range m.Types {
		t.patterns = append(t.patterns, glob.Compile(pattern))
	}
	return t
}

// Conn returns the connection. Close it through the tap.
func (t *Tap) Conn() net.Conn { return t.conn }

// WantsEvents reports whether the tap wants passing events.
func (t *Tap) WantsEvents() bool { return t.events }

// Done returns a channel that is closed when the tap has ended.
func (t *Tap) Done() <-chan struct{} { return t.done }

// Close ends the connection.
func (t *Tap) Close() { t.closing.Do(func() { t.conn.Close() }) }

// wants reports whether the tap wants events of the type and has room for one. If it only
// lacks room, it counts the event as lost.
func (t *Tap) wants(event string) bool {
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
	if wanted && t.waiting >= QueueBytes {
		t.loseLocked()
		return false
	}
	return wanted
}

func (t *Tap) matches(event string) bool {
	for _, p := range t.patterns {
		if p.MatchString(event) {
			return true
		}
	}
	return len(t.patterns) == 0
}

// push queues a frame, or drops it if there is no room. An empty queue accepts any frame.
func (t *Tap) push(frame []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	cost := len(frame) + core.EventCost
	if t.sealed || t.waiting > 0 && t.waiting+cost > QueueBytes {
		t.loseLocked()
		return
	}
	t.queue = append(t.queue, frame)
	t.waiting += cost
	t.shown++
	t.wakeUp()
}

// loseLocked counts an event that the tap does not receive, and lets the writer tell it.
func (t *Tap) loseLocked() {
	t.lost++
	t.wakeUp()
}

func (t *Tap) wakeUp() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// take hands what waits to the writer, and the number of lost events, which came after all
// that was queued when the queue was full. last reports that nothing follows.
func (t *Tap) take() (batch [][]byte, last bool) {
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
func (t *Tap) wrote() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.atHand, t.waiting = 0, 0
	for _, frame := range t.queue {
		t.waiting += len(frame) + core.EventCost
	}
}

// Seal ends the tap when everything that waits is written.
func (t *Tap) Seal() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sealed = true
	t.wakeUp()
}

// Inspect describes the tap, at that address.
func (t *Tap) Inspect(address string) inspect.Tap {
	t.mu.Lock()
	defer t.mu.Unlock()
	return inspect.Tap{Address: address, Events: t.events, Types: t.types, Shown: t.shown, Lost: t.lost,
		Queue: inspect.Queue{Events: len(t.queue) + t.atHand, Bytes: t.waiting, Limit: QueueBytes}}
}

// Set is taps that want passing events. It is immutable.
type Set []*Tap

// OfEvents returns the taps that want events.
func OfEvents(all []*Tap) (set Set) {
	for _, t := range all {
		if t.events {
			set = append(set, t)
		}
	}
	return set
}

// Wanting returns the taps that want a type and have room.
func (ts Set) Wanting(event string) Set {
	var some Set
	for _, t := range ts {
		if t.wants(event) {
			some = append(some, t)
		}
	}
	return some
}

// Show gives the taps a copy of a passing event.
func (ts Set) Show(m wire.TappedMsg) {
	m.Time = time.Now().UnixNano()
	frame := m.Append(nil)
	for _, t := range ts {
		t.push(frame)
	}
}

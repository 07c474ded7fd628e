package runner

import (
	"sync"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/internal/race"
)

const (
	// stillTime is how long a run stands still before its drivers are looked at: far above
	// what an event is under way whose sender has ended, as a sender waits until its peers
	// have read what it sent, and far below what actions may take.
	stillTime = race.Factor * time.Second
	// stillTick is how often it is looked whether the run stands still. In virtual time, where
	// nobody is late, it is enough to look once in stillTime.
	stillTick = 100 * time.Millisecond
)

// stuckWatch fails a run when a driver waits for what no driver can supply any more.
type stuckWatch struct {
	coordinator *coordinator
	every       time.Duration
	// look is called at each tick, and reports whether the run may be stuck; it may be nil.
	look func() bool

	mu    sync.Mutex
	timer *time.Timer // nil when stopped
	// seen is the coordinator's moves, which are the same since still. Looked says that the
	// drivers have been looked at since then.
	seen        uint64
	still, last time.Time
	looked      bool
}

// watchStuck begins to watch.
func (c *coordinator) watchStuck(every time.Duration, look func() bool) *stuckWatch {
	w := &stuckWatch{coordinator: c, every: every, look: look, still: time.Now(), last: time.Now()}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(every, w.tick)
	return w
}

// stop ends it, and returns when nothing is looked at any more.
func (w *stuckWatch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer.Stop()
	w.timer = nil
}

// tick looks whether the run stands still. The time during which this process itself is
// late does not count: then drivers are, too.
func (w *stuckWatch) tick() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer == nil {
		return
	}
	mayBe := w.look == nil || w.look()
	now, moves := time.Now(), w.coordinator.moves.Load()
	if moves != w.seen || now.Sub(w.last) > 2*w.every {
		w.seen, w.still, w.looked = moves, now, false
	}
	w.last = now
	if mayBe && now.Sub(w.still) >= stillTime && !w.looked {
		w.looked = true
		w.coordinator.failStuck()
	}
	w.timer.Reset(w.every)
}

// failStuck looks at where the drivers stand.
func (c *coordinator) failStuck() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.failures) > 0 {
		return
	}
	at := make([]drivers.Stand, len(c.standing))
	for i, s := range c.standing {
		at[i] = drivers.Stand{Index: s.Step.Index, Action: s.Step.Action, Ended: s.Ended}
	}
	if f := drivers.Stuck(c.drivers, at); f != nil {
		for _, s := range c.standing {
			if s.Driver == f.Driver {
				f.Elapsed = time.Since(s.Step.Since)
			}
		}
		c.failed(f)
	}
}

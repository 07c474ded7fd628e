package workers

import (
	"sync"
	"time"

	"github.com/lahja/go-lahja/tools/runner"
)

// watchTick is how often Events.At is called.
const watchTick = 100 * time.Millisecond

// ticker calls tell with where the drivers of one run are, on each tick.
type ticker struct {
	tell func([]runner.Standing)

	// mu is held while tell runs, so that end waits for it.
	mu    sync.Mutex
	now   func() []runner.Standing
	timer *time.Timer
}

// begin is a Runner.Watch. It starts no goroutine: the runner would take one for a leak.
func (w *ticker) begin(now func() []runner.Standing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = now
	w.timer = time.AfterFunc(watchTick, w.tick)
}

func (w *ticker) tick() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.now != nil {
		w.tell(w.now())
		w.timer.Reset(watchTick)
	}
}

// end stops the ticks. It waits until tell has returned.
func (w *ticker) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = nil
	if w.timer != nil {
		w.timer.Stop()
	}
}

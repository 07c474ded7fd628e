package saboteurs_test

import (
	"sync"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

// cell is one scenario on one engine.
type cell struct {
	engine   engine.Engine
	scenario drivers.Scenario
	key      [2]string // the names of scenario and saboteur
	report   *runner.Report
}

// lane runs cells, a fixed number at a time.
type lane struct {
	atOnce        int
	actionTimeout time.Duration
}

var (
	// working is for cells that pass. They need the processors, and must not fail because
	// others use them.
	working = lane{atOnce: 5, actionTimeout: 10 * time.Second}
	// waiting is for cells that fail. Most of their time is waiting: for a timeout, and for
	// leaks to settle.
	waiting = lane{atOnce: 24, actionTimeout: time.Second}
	// careful is for cells whose failure is checked.
	careful = lane{atOnce: 12, actionTimeout: 6 * time.Second}
	// curious is for cells whose result is not known yet.
	curious = lane{atOnce: 24, actionTimeout: 4 * time.Second}
	// resting is for scenarios that mostly wait.
	resting = lane{atOnce: 100, actionTimeout: 10 * time.Second}
	// patient is for scenarios that mostly wait, and pass with the default timeouts.
	patient = lane{atOnce: 24}
)

// run returns when every cell has its report.
func (l lane) run(t *testing.T, cells []*cell) {
	t.Helper()
	next := make(chan *cell)
	var all sync.WaitGroup
	for range l.atOnce {
		all.Go(func() {
			for c := range next {
				r := runner.Runner{Engine: c.engine, ActionTimeout: l.actionTimeout, Timeout: 5 * time.Minute}
				c.report = r.Run(t.Context(), c.scenario)
			}
		})
	}
	for _, c := range cells {
		next <- c
	}
	close(next)
	all.Wait()
}

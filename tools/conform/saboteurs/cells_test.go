package saboteurs_test

import (
	"sync"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/race"
	"github.com/lahja/go-lahja/tools/runner"
)

// cell is one scenario on one engine.
type cell struct {
	engine   engine.Engine
	scenario drivers.Scenario
	key      [2]string // the names of scenario and saboteur
	report   *runner.Report
}

// lane runs cells, so many at a time.
type lane struct {
	atOnce        int
	actionTimeout time.Duration
}

var (
	// working is for cells that pass: they are work, and no failure may come from
	// others having the processors.
	working = lane{atOnce: 5, actionTimeout: 10 * time.Second}
	// waiting is for cells that fail: most of that is waiting for a timeout, and for
	// what was left behind.
	waiting = lane{atOnce: 24, actionTimeout: time.Second}
	// careful is for cells whose failure is looked at.
	careful = lane{atOnce: 12, actionTimeout: scaled(6 * time.Second)}
	// curious is for cells of which nothing is known yet.
	curious = lane{atOnce: 24, actionTimeout: 4 * time.Second}
	// resting is for scenarios that do little but wait.
	resting = lane{atOnce: 100, actionTimeout: 10 * time.Second}
	// patient is for what mostly waits and passes with the default timeouts.
	patient = lane{atOnce: 24}
)

// scaled is a bound that work alone may use up where the race detector makes it several
// times as slow. It stays below what saboteurs wait for that do something late.
func scaled(d time.Duration) time.Duration {
	if race.Factor > 1 {
		return 2 * d
	}
	return d
}

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

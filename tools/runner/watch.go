package runner

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
)

// Watch follows runs while they go on; its Record is a Runner.Progress. The zero
// value works.
type Watch struct {
	mu   sync.Mutex
	runs map[string]map[string]engine.Step
}

// Record takes in a record.
func (w *Watch) Record(scenario string, r engine.Record) {
	if r.Kind != engine.RecordStep {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.runs == nil {
		w.runs = map[string]map[string]engine.Step{}
	}
	if w.runs[scenario] == nil {
		w.runs[scenario] = map[string]engine.Step{}
	}
	w.runs[scenario][r.By] = *r.Step
}

// Forget ends the following of a scenario.
func (w *Watch) Forget(scenario string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.runs, scenario)
}

// String says what every driver of every scenario does now, a line each.
func (w *Watch) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var lines []string
	for scenario, steps := range w.runs {
		for driver, step := range steps {
			lines = append(lines, fmt.Sprintf("%s, driver %s: action %d, %s (%s), for %s",
				scenario, driver, step.Index, engine.Readable(step.Action.String()), step.Source, round(time.Since(step.Since))))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

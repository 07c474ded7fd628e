package scenarios_test

import (
	"regexp"
	"sync"
	"testing"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/engine/virtual"
	"github.com/lahja/go-lahja/tools/invariants"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/runner"
)

// TestScenariosBreakNoInvariantOfTheBus runs each scenario once with all of them. They are undecided
// only where a bare connection takes part, of which nothing is recorded.
func TestScenariosBreakNoInvariantOfTheBus(t *testing.T) {
	t.Parallel()
	bare := regexp.MustCompile(`(to stalled|from stranger), and what that did was not recorded`)
	for _, e := range []engine.Engine{engine.OnGoroutines(transports.Memory()), virtual.Engine{}} {
		t.Run(e.Name(), func(t *testing.T) {
			all := invariants.Tally{}
			for _, report := range runAll(t, e) {
				if report.Verdict == runner.Failed {
					t.Errorf("%s", report)
				}
				all.Add(report.Invariants)
				for _, o := range report.Invariants {
					if o.Verdict == invariants.Undecided && !bare.MatchString(o.Reason) {
						t.Errorf("%s: %q is undecided: %s", report.Scenario, o.Name, o.Reason)
					}
				}
			}
			for _, v := range invariants.Bus() {
				if c := all[v.Name]; c.Held < 100 || c.Broken > 0 {
					t.Errorf("%s: %+v; want at least 100 held, and none broken", v.Name, c)
				}
			}
		})
	}
}

// runAll runs all scenarios, a few at once.
func runAll(t *testing.T, e engine.Engine) []*runner.Report {
	// On a busy machine a scenario that sends until something gives way sends more than a recording
	// of the usual size holds.
	r := &runner.Runner{Engine: e, Records: 4 * recording.DefaultRecords}
	all := scenarios.All()
	reports := make([]*runner.Report, len(all))
	var running sync.WaitGroup
	room := make(chan struct{}, 8)
	for i, s := range all {
		s.Invariants = invariants.Bus()
		room <- struct{}{}
		running.Go(func() {
			reports[i] = r.Run(t.Context(), s)
			<-room
		})
	}
	running.Wait()
	return reports
}

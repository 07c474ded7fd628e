package conform

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// course is how far a test has come.
type course struct {
	// begins is held while a scenario begins that mostly waits, so that they do so one
	// after the other.
	begins sync.Mutex

	mu       sync.Mutex
	document *reports.Document
	repeats  int            // Suite.Repeat
	repeat   int            // which of them runs
	order    map[string]int // where a scenario stands among all
	failed   int
	first    *runner.Report // the one to look at of those that failed
	firstIn  int            // in which repeat
}

// testAll runs the scenarios on one engine after the other until ctx ends. Those that mostly
// wait begin first, on all engines, and go on beside the others.
func (c *course) testAll(ctx context.Context, t *testing.T, settings runner.Runner, suite runner.Suite) {
	var waiting, working []drivers.Scenario
	for _, s := range suite.Scenarios {
		if s.Rests != "" {
			waiting = append(waiting, s)
		} else {
			working = append(working, s)
		}
	}
	var all, begun sync.WaitGroup
	begun.Add(len(suite.Engines))
	turn := make(chan struct{})
	close(turn)
	for _, e := range suite.Engines {
		r := settings
		r.Engine = e
		mine, next := turn, make(chan struct{})
		turn = next
		rest, pass := sync.OnceFunc(begun.Done), sync.OnceFunc(func() { close(next) })
		all.Go(func() {
			t.Run(e.Name(), func(t *testing.T) {
				var beside sync.WaitGroup
				c.begin(ctx, t, &r, waiting, &beside)
				rest()
				begun.Wait()
				<-mine
				ran := c.testOn(ctx, t, &r, working)
				pass()
				beside.Wait()
				if !ran && ctx.Err() != nil {
					t.Skip("not run:", context.Cause(ctx))
				}
			})
			rest() // The engine may not have been chosen (-run).
			<-mine
			pass()
		})
	}
	all.Wait()
}

// begin starts the scenarios that mostly wait, and returns when they do.
func (c *course) begin(ctx context.Context, t *testing.T, r *runner.Runner, waiting []drivers.Scenario, beside *sync.WaitGroup) {
	for _, scenario := range waiting {
		c.begins.Lock()
		rest := sync.OnceFunc(c.begins.Unlock)
		beside.Go(func() {
			defer rest()
			if ctx.Err() != nil {
				return
			}
			t.Run(scenario.Name, func(t *testing.T) {
				running := r.In(t).Start(ctx, scenario)
				rest()
				c.judge(t, <-running)
			})
		})
	}
	c.begins.Lock() // The last one only waits.
	defer c.begins.Unlock()
}

// testOn runs the scenarios on one engine until ctx ends, and reports whether it ran any.
func (c *course) testOn(ctx context.Context, t *testing.T, r *runner.Runner, scenarios []drivers.Scenario) (ran bool) {
	for _, scenario := range scenarios {
		if ctx.Err() != nil {
			return ran
		}
		ran = true
		t.Run(scenario.Name, func(t *testing.T) {
			c.judge(t, r.In(t).Run(ctx, scenario))
		})
	}
	return ran
}

func (c *course) judge(t *testing.T, report *runner.Report) {
	t.Helper()
	c.add(report)
	if report.Verdict == runner.Failed && c.repeats > 1 {
		t.Logf("in run %d of %d (Suite.Repeat):", c.repeat, c.repeats)
	}
	runner.Judge(t, report)
}

func (c *course) add(report *runner.Report) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.document.Add(reports.Of(report, c.repeat))
	if report.Verdict != runner.Failed || report.Interrupted {
		return
	}
	c.failed++
	// Those that mostly wait begin before the basic ones, and what the basic ones check
	// may make them fail at once.
	if c.first == nil || c.firstIn == c.repeat && c.order[report.Scenario] < c.order[c.first.Scenario] {
		c.first, c.firstIn = report, c.repeat
	}
}

// summary says which failure to look at first.
func (c *course) summary() string {
	return fmt.Sprintf("%d failed; look at the first one before the others: %s on %s\nrule: %s\n%s",
		c.failed, c.first.Scenario, c.first.Engine, c.first.Rule, c.first.Reason)
}

// cutShort says what came out before ctx ended. It is called where it has.
func (c *course) cutShort(ctx context.Context) error {
	ran, all := len(c.document.Outcomes), len(c.document.Scenarios)*len(c.document.Engines)
	came := "none failed"
	if c.first != nil {
		came = fmt.Sprintf("%d failed, first %s on %s%s: %s", c.failed, c.first.Scenario, c.first.Engine, c.during(c.firstIn), c.first.Reason)
	}
	return fmt.Errorf("%d of %d were run%s, as %w; %s\ngive it more with -timeout, or have -failfast stop it at the first failure",
		ran, all, c.during(c.repeat), context.Cause(ctx), came)
}

// during says in which repeat something happened, where there are several.
func (c *course) during(repeat int) string {
	if c.repeats == 1 {
		return ""
	}
	return fmt.Sprintf(" in run %d of %d", repeat, c.repeats)
}

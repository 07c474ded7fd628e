package conform

import (
	"context"
	"fmt"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// course is how far a test has come.
type course struct {
	document *reports.Document
	repeats  int // Suite.Repeat
	repeat   int // which of them runs
	failed   int
	first    *runner.Report // of those that failed
	firstIn  int            // in which repeat
}

// testAll runs the scenarios on all engines until ctx ends.
func (c *course) testAll(ctx context.Context, t *testing.T, settings runner.Runner, suite runner.Suite) {
	for _, e := range suite.Engines {
		if ctx.Err() != nil {
			return
		}
		r := settings
		r.Engine = e
		t.Run(e.Name(), func(t *testing.T) { c.testOn(ctx, t, &r, suite.Scenarios) })
	}
}

// testOn runs the scenarios on one engine until ctx ends.
func (c *course) testOn(ctx context.Context, t *testing.T, r *runner.Runner, scenarios []drivers.Scenario) {
	for _, scenario := range scenarios {
		if ctx.Err() != nil {
			return
		}
		t.Run(scenario.Name, func(t *testing.T) {
			report := r.In(t).Run(ctx, scenario)
			c.add(report)
			if report.Verdict == runner.Failed && c.repeats > 1 {
				t.Logf("in run %d of %d (Suite.Repeat):", c.repeat, c.repeats)
			}
			runner.Judge(t, report)
		})
	}
}

func (c *course) add(report *runner.Report) {
	c.document.Add(report)
	if report.Verdict != runner.Failed || report.Interrupted {
		return
	}
	c.failed++
	if c.first == nil {
		c.first, c.firstIn = report, c.repeat
	}
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

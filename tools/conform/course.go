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
	failed   int
	first    *runner.Report // of those that failed
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
		c.first = report
	}
}

// cutShort says what came out before ctx ended. It is called where it has.
func (c *course) cutShort(ctx context.Context) error {
	ran, all := len(c.document.Outcomes), len(c.document.Scenarios)*len(c.document.Engines)
	came := "none failed"
	if c.first != nil {
		came = fmt.Sprintf("%d failed, first %s on %s: %s", c.failed, c.first.Scenario, c.first.Engine, c.first.Reason)
	}
	return fmt.Errorf("%d of %d were run, as %w; %s\ngive it more with -timeout, or have -failfast stop it at the first failure",
		ran, all, context.Cause(ctx), came)
}

package conform

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// stopMargin is how long before the time of go test is up the suite stops: enough to
// stop drivers, to kill children that hang, and to write reports. Of little time it is
// a quarter.
const stopMargin = 15 * time.Second

// errOutOfTime is why the context of a suite's runs ends early.
var errOutOfTime = errors.New("the time that go test gives (-timeout) is almost up")

// inTime is the test's context, which ends in time for the verdicts to be told: when
// go test's own timeout is up, it ends the process and nothing is told.
func inTime(t *testing.T) (context.Context, context.CancelFunc) {
	deadline, ok := t.Deadline()
	if !ok {
		return context.WithCancel(t.Context())
	}
	margin := min(stopMargin, time.Until(deadline)/4)
	return context.WithDeadlineCause(t.Context(), deadline.Add(-margin), errOutOfTime)
}

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
			report := r.Run(ctx, scenario)
			c.add(report)
			if report.Interrupted {
				t.Skipf("interrupted: %s", report)
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

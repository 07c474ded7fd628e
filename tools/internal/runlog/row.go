package runlog

import (
	"time"

	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// Row sums up a log's runs of one scenario on one engine.
type Row struct {
	// Runs is the number of runs, and Passes how many passed since the last that did not.
	Runs, Passes int
	// Failed is how many failed or were torn, and Failure is the last of these.
	Failed  int
	Failure reports.Run
	// Last is the verdict of the last run.
	Last runner.Verdict

	timed   int
	seconds float64
}

// take adds the next run. Anything but a pass ends the passes in a row.
func (r *Row) take(run reports.Run) {
	r.Runs++
	r.Last = run.Verdict
	if run.Seconds > 0 {
		r.timed++
		r.seconds += run.Seconds
	}
	if run.Verdict == runner.Passed {
		r.Passes++
		return
	}
	r.Passes = 0
	if run.Verdict == runner.Failed || run.Verdict == Torn {
		r.Failed++
		r.Failure = run
	}
}

// Mean returns how long a run takes on average, or 0 if there was none.
func (r *Row) Mean() time.Duration {
	if r.timed == 0 {
		return 0
	}
	return time.Duration(r.seconds / float64(r.timed) * float64(time.Second))
}

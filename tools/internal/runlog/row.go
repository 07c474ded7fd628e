package runlog

import (
	"time"

	"github.com/lahja/go-lahja/tools/runner"
)

// Row is what a log says of one scenario on one engine.
type Row struct {
	// Runs is how many there were, and Passes how many of the last of them passed,
	// without another between.
	Runs, Passes int
	// Failed is how many failed or were torn, and Failure the last of them.
	Failed  int
	Failure Entry
	// Last is the verdict of the last run.
	Last runner.Verdict

	timed   int
	elapsed time.Duration
}

// take takes the next run in. Whatever is not a pass ends the passes in a row.
func (r *Row) take(e Entry) {
	r.Runs++
	r.Last = e.Verdict
	if e.Seconds > 0 {
		r.timed++
		r.elapsed += time.Duration(e.Seconds * float64(time.Second))
	}
	if e.Verdict == runner.Passed {
		r.Passes++
		return
	}
	r.Passes = 0
	if e.Verdict == runner.Failed || e.Verdict == Torn {
		r.Failed++
		r.Failure = e
	}
}

// Mean is how long a run takes; 0 where there was none.
func (r *Row) Mean() time.Duration {
	if r.timed == 0 {
		return 0
	}
	return r.elapsed / time.Duration(r.timed)
}

package runlog

import (
	"fmt"

	"github.com/lahja/go-lahja/tools/runner"
)

// Format names the format of the log, and changes when a program that reads it would
// have to.
const Format = "lahja-log/1"

// Torn is the verdict of a run whose line was cut off: nobody knows what came of it.
const Torn runner.Verdict = "torn"

// Header is the first line of a log.
type Header struct {
	Format string `json:"format"`
	Build
	// Settings are the flags that a verdict depends on.
	Settings string `json:"settings"`
}

// Entry is every other line: what came of one run.
type Entry struct {
	Scenario string `json:"scenario"`
	Engine   string `json:"engine"`
	// Run counts the runs of that scenario on that engine in this log, from 1.
	Run     int            `json:"run"`
	Verdict runner.Verdict `json:"verdict"`
	Seconds float64        `json:"seconds"`
	// Reason is empty where the run passed, and else one line.
	Reason string `json:"reason"`
}

// check says what is wrong with a line that was read.
func (e Entry) check() error {
	switch e.Verdict {
	case runner.Passed, runner.Failed, runner.Unsupported, runner.Known, Torn:
	default:
		return fmt.Errorf("the verdict is %q, which is none", e.Verdict)
	}
	if e.Scenario == "" || e.Engine == "" || e.Seconds < 0 {
		return fmt.Errorf("it has no scenario or no engine, or took less than no time")
	}
	return nil
}

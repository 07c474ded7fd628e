package runlog

import (
	"fmt"

	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// Format names the format of the log. It changes when a program that reads a log must
// change. Every version begins with formats.
const (
	Format  = formats + "2"
	formats = "lahja-log/"
)

// Torn is the verdict of a run whose line was cut off: its result is unknown.
const Torn runner.Verdict = "torn"

// Header is the first line of a log. Every other line is a reports.Run.
type Header struct {
	Format string `json:"format"`
	Build
	// Settings are the flags that a verdict depends on.
	Settings string `json:"settings"`
}

// refuses returns the reason why a log with this header cannot be resumed under another.
func (h *Header) refuses(other Header) error {
	const mend = "name another file, or start this one anew with --log-reset"
	const count = "passes in a row count only of one build and one choice of settings; "
	switch {
	case h.Format != other.Format:
		return fmt.Errorf("its format is %s, and this program writes %s; %s", h.Format, other.Format, mend)
	case h.SHA256 != other.SHA256:
		return fmt.Errorf("it is of another %v, and this is %v; %s", h.Build, other.Build, count+mend)
	case h.Settings != other.Settings:
		return fmt.Errorf("it is of runs with %s, and these would be with %s; %s", h.Settings, other.Settings, count+mend)
	}
	return nil
}

// check returns an error if a line that was read is no run.
func check(r reports.Run) error {
	switch r.Verdict {
	case runner.Passed, runner.Failed, runner.Unsupported, runner.Known, Torn:
	default:
		return fmt.Errorf("the verdict %q is unknown", r.Verdict)
	}
	if r.Scenario == "" || r.Engine == "" || r.Seconds < 0 {
		return fmt.Errorf("it has no scenario, no engine, or a negative time")
	}
	return nil
}

package differential

import (
	"context"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

// Verdict is the result of comparing two runs.
type Verdict string

const (
	// Same: the scenario passed on both engines, and all drivers saw the same.
	Same Verdict = "same"
	// Different: a driver saw something else, or the verdicts differ.
	Different Verdict = "different"
	// FailedAlike: the scenario failed on both, and until then drivers saw the same.
	FailedAlike Verdict = "failed on both"
	// Unsupported: one of the engines, or both, cannot run the scenario.
	Unsupported Verdict = "unsupported"
)

// Comparison is the result of running one scenario on two engines.
type Comparison struct {
	Scenario string
	Rule     string
	// Varies is the scenario's. If it is set, only the verdicts were compared.
	Varies  string
	Verdict Verdict
	// A and B are the runs.
	A, B *runner.Report
	// Differences has the earliest difference first. It may be empty if only the verdicts differ.
	Differences []Difference
	// Unsteady says that drivers also saw something else on A when it ran a second time. Then the
	// scenario leaves it open, or A is at fault.
	Unsteady bool
}

// Run runs the scenario on both engines, one after the other, and compares what its drivers saw. It
// sets the settings' Engine and Trace.
func Run(ctx context.Context, settings runner.Runner, s drivers.Scenario, a, b engine.Engine) *Comparison {
	run := func(e engine.Engine) *runner.Report {
		r := settings
		r.Engine, r.Trace = e, true
		return r.Run(ctx, s)
	}
	c := Reports(s, run(a), run(b))
	if len(c.Differences) > 0 {
		c.Unsteady = len(Compare(c.A, run(a))) > 0
	}
	return c
}

// Reports compares two traced runs of a scenario (Runner.Trace).
func Reports(s drivers.Scenario, a, b *runner.Report) *Comparison {
	c := &Comparison{Scenario: s.Name, Rule: s.Rule, Varies: s.Varies, A: a, B: b}
	c.conclude()
	return c
}

func (c *Comparison) conclude() {
	if c.A.Verdict == runner.Unsupported || c.B.Verdict == runner.Unsupported {
		c.Verdict = Unsupported
		return
	}
	if c.Varies == "" {
		c.Differences = Compare(c.A, c.B)
	}
	switch {
	case len(c.Differences) > 0 || c.A.Verdict != c.B.Verdict:
		c.Verdict = Different
	case c.A.Verdict == runner.Failed:
		c.Verdict = FailedAlike
	default:
		c.Verdict = Same
	}
}

// Err returns nil if both engines can run the scenario and nothing differs. Otherwise its text is the
// whole report.
func (c *Comparison) Err() error {
	if c.Verdict == Same {
		return nil
	}
	return &ComparisonError{c}
}

// ComparisonError is a comparison as an error.
type ComparisonError struct{ Comparison *Comparison }

func (e *ComparisonError) Error() string { return e.Comparison.String() }

package reports

import (
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/runner"
)

// Run is the result of one run of one scenario on one engine. The lines of `lahja run --json`, the
// lines of its log and the outcomes of a document are all Runs, and Schema describes their JSON.
type Run struct {
	Scenario string `json:"scenario"`
	Engine   string `json:"engine"`
	// Number counts the runs of the scenario on the engine, from 1.
	Number int `json:"run"`
	// Verdict is empty if the run was interrupted, and so has no result.
	Verdict runner.Verdict `json:"verdict"`
	Seconds float64        `json:"seconds"`
	// Reason says in one line why the run did not pass. It is empty if it passed.
	Reason string `json:"reason"`
	// File and Line are the place to open: the failed action, or else the scenario.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	// Missing is what an unsupported scenario needs and the engine lacks.
	Missing []string `json:"missing,omitempty"`
	// Excuse is the reason in the entry of a known failure.
	Excuse string `json:"excuse,omitempty"`
	// Cause, Report and Output describe a failure, known or not: its first cause (see runner.Report),
	// the whole report, and what the drivers printed and logged.
	Cause  string          `json:"cause,omitempty"`
	Report string          `json:"report,omitempty"`
	Output []runner.Output `json:"output,omitempty"`
	// Races is what a run that passed had by luck, if it was looked at, and Unlooked why the
	// recording cannot tell.
	Races    []drivers.Race `json:"races,omitempty"`
	Unlooked string         `json:"unlooked,omitempty"`
	// Invariants are the results of the scenario's invariants, in their order.
	Invariants []recording.Checked `json:"invariants,omitempty"`
	// Recording is the directory that keeps the run's recording, if one does.
	Recording string `json:"recording,omitempty"`
}

// Of returns the Run with that number and that report.
func Of(r *runner.Report, number int) Run {
	run := Run{Scenario: r.Scenario, Engine: r.Engine, Number: number, Seconds: r.Elapsed.Seconds(), Reason: r.Reason, Excuse: r.Excuse, Recording: r.Kept,
		Races: r.Races, Unlooked: r.Unlooked}
	run.File, run.Line = r.Place()
	for _, need := range r.Missing {
		run.Missing = append(run.Missing, need.String())
	}
	if !r.Interrupted {
		run.Verdict = r.Verdict
	}
	run.Invariants = r.Checked()
	if run.failed() {
		run.Cause, run.Report, run.Output = r.Cause(), r.String(), r.Outputs
	}
	return run
}

func (r *Run) failed() bool { return r.Verdict == runner.Failed || r.Verdict == runner.Known }

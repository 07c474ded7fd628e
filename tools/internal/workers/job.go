package workers

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// Settings are what all runs of a command have in common.
type Settings struct {
	// Timeout, ActionTimeout, Seed, Params and WaitForDebugger are those of runner.Runner.
	Timeout         time.Duration     `json:"timeout"`
	ActionTimeout   time.Duration     `json:"action-timeout"`
	Seed            uint64            `json:"seed"`
	Params          map[string]string `json:"params,omitempty"`
	WaitForDebugger string            `json:"-"`
	// Store keeps the recordings of runs; see runner.Runner.
	Store *recording.Store `json:"store,omitempty"`
	// Output says that somebody wants what drivers print, and Watch where they are.
	Output bool `json:"output,omitempty"`
	Watch  bool `json:"watch,omitempty"`
	// Races has runs that pass looked at for what they had by luck.
	Races bool `json:"races,omitempty"`
}

// Cell is one scenario on one engine.
type Cell struct {
	Scenario drivers.Scenario
	Engine   engine.Engine
	// Known are the known failures that may excuse it.
	Known []runner.KnownFailure
	// Number counts the runs of the cell, from 1.
	Number int
}

// Events is told of a run while it goes on, from several goroutines.
type Events interface {
	// Output gets lines that drivers print.
	io.Writer
	// At gets where the drivers are.
	At([]runner.Standing)
	// Stood gets where they were when the run was interrupted.
	Stood([]runner.Standing)
}

// Result is the result of a run. An interrupted one has no verdict.
type Result struct {
	Run reports.Run `json:"run"`
	// Annotation is that of the runner.Report.
	Annotation string `json:"annotation,omitempty"`
}

// runnerOf returns a runner for the cell. Watch is called with a function that says where
// the drivers are.
func (s Settings) runnerOf(c Cell, events Events, watch func(now func() []runner.Standing)) runner.Runner {
	r := runner.Runner{Engine: c.Engine, Timeout: s.Timeout, ActionTimeout: s.ActionTimeout, Seed: s.Seed, Params: s.Params,
		Exclusive: true, Known: c.Known, WaitForDebugger: s.WaitForDebugger, Store: s.Store, Races: s.Races, Interrupted: events.Stood}
	if s.Output || s.WaitForDebugger != "" {
		r.Output = events
	}
	if s.Watch {
		r.Watch = watch
	}
	return r
}

func resultOf(report *runner.Report, number int) Result {
	return Result{Run: reports.Of(report, number), Annotation: report.Annotation()}
}

// Local makes runs in this process.
type Local struct{ Settings Settings }

// Run makes a run.
func (l Local) Run(ctx context.Context, c Cell, events Events) Result {
	ticker := &ticker{tell: events.At}
	defer ticker.end()
	r := l.Settings.runnerOf(c, events, ticker.begin)
	return resultOf(r.Run(ctx, c.Scenario), c.Number)
}

// Begin begins the run of a scenario that mostly waits, and returns when it does. The
// channel gets its result.
func (l Local) Begin(ctx context.Context, c Cell, events Events) <-chan Result {
	r := l.Settings.runnerOf(c, events, nil)
	running := r.Start(ctx, c.Scenario)
	done := make(chan Result, 1)
	go func() { done <- resultOf(<-running, c.Number) }()
	return done
}

// failed is the result of a run that the harness could not make.
func failed(c Cell, kind engine.FailureKind, message, detail string) Result {
	f := &engine.Failure{Kind: kind, Message: message, Detail: detail}
	report := &runner.Report{Scenario: c.Scenario.Name, Rule: c.Scenario.Rule, Engine: c.Engine.Name(), Location: runner.Locate(c.Scenario),
		Verdict: runner.Failed, Reason: fmt.Sprintf("%s: %s", kind, message), Failures: []*engine.Failure{f}}
	return resultOf(report, c.Number)
}

package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// runCommand is `lahja run`.
type runCommand struct {
	Engine          []string          `help:"Run on the engines that match this glob (repeatable). Default: all." placeholder:"GLOB" sep:"none"`
	Scenario        []string          `help:"Run the scenarios that match this glob (repeatable). Default: all." placeholder:"GLOB" sep:"none"`
	List            bool              `help:"List scenarios and engines, and run nothing."`
	Repeat          int               `help:"Run everything N times." default:"1" placeholder:"N"`
	Timeout         time.Duration     `help:"Time limit of a scenario that sets none." default:"30s"`
	ActionTimeout   time.Duration     `help:"Time limit of an action that sets none." default:"5s"`
	Seed            uint64            `help:"Seed for random choices in scenarios." default:"1"`
	Param           map[string]string `help:"Pass a parameter to scenarios (repeatable)." placeholder:"NAME=VALUE" mapsep:"none"`
	Report          []string          `help:"Also write a report to FILE (repeatable): .md is Markdown, .json JSON, .xml JUnit." placeholder:"FILE" sep:"none"`
	For             *time.Duration    `help:"Start no more runs after this time. Exit code 3 means that some are left." placeholder:"DURATION"`
	Verbose         bool              `short:"v" help:"Print everything that drivers print and log, with the driver's name in front of each line."`
	WaitForDebugger string            `help:"Make the process of this driver print its id and wait for a debugger before it begins, without time limits." placeholder:"DRIVER"`
	JSON            bool              `help:"Print one JSON object per run, on a line each, instead of a table. conform adds one per engine." name:"json"`

	// everyEngine: something must pass on each engine, not only on one.
	everyEngine bool
	// series opens the series of runs. If it is nil, everything runs Repeat times.
	series func(scenarios []drivers.Scenario, engines []engine.Engine, stderr io.Writer) (series, error)
	// conclude prints a conclusion at the end. It may be nil.
	conclude func(stdout io.Writer, d *reports.Document) error
}

func (c *runCommand) run(ctx context.Context, stdout, stderr io.Writer, suites []runner.Suite) int {
	scenarios, engines, err := c.selected(suites)
	if err == nil {
		err = c.check(scenarios)
	}
	if err != nil {
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Usage
	}
	if c.List {
		if err := list(stdout, scenarios, engines); err != nil {
			fmt.Fprintln(stderr, "lahja: write the list:", err)
			return exitcode.Failed
		}
		return exitcode.Passed
	}
	return c.runAll(ctx, stdout, stderr, scenarios, engines, suites)
}

// selected returns the scenarios and engines to run. It checks known failures against everything
// in their suite, so that it finds an entry that matches nothing, whatever the flags choose.
func (c *runCommand) selected(suites []runner.Suite) ([]drivers.Scenario, []engine.Engine, error) {
	scenarios, engines := everything(suites)
	var errs []error
	for _, s := range suites {
		errs = append(errs, runner.CheckKnown(s.Known, s.Scenarios, s.OwnEngines()))
	}
	err := errors.Join(errs...)
	if err == nil {
		scenarios, err = selectNamed("scenario", scenarios, func(s drivers.Scenario) string { return s.Name }, c.Scenario)
	}
	if err == nil {
		engines, err = selectNamed("engine", engines, engine.Engine.Name, c.Engine)
	}
	return scenarios, engines, err
}

// known returns the entries of all suites for one scenario on one engine.
func known(suites []runner.Suite, s drivers.Scenario, e engine.Engine) []runner.KnownFailure {
	var all []runner.KnownFailure
	for _, suite := range suites {
		all = append(all, suite.KnownOn(s.Name, e.Name())...)
	}
	return all
}

func (c *runCommand) check(scenarios []drivers.Scenario) error {
	switch {
	case c.Repeat < 1:
		return fmt.Errorf("--repeat %d: repeat at least once", c.Repeat)
	case c.For != nil && *c.For <= 0:
		return fmt.Errorf("--for %v: name a time that is more than 0", *c.For)
	case c.Timeout <= 0 || c.ActionTimeout <= 0:
		return fmt.Errorf("--timeout and --action-timeout must be more than 0")
	case len(scenarios) == 0:
		return fmt.Errorf("there are no scenarios to run")
	}
	for _, name := range c.Report {
		if err := reports.CheckFile(name); err != nil {
			return err
		}
	}
	return nil
}

func (c *runCommand) runAll(ctx context.Context, stdout, stderr io.Writer, scenarios []drivers.Scenario, engines []engine.Engine, suites []runner.Suite) int {
	var todo series = &rounds{scenarios: scenarios, engines: engines, repeat: c.Repeat}
	if c.series != nil {
		var err error
		if todo, err = c.series(scenarios, engines, stderr); err != nil {
			fmt.Fprintln(stderr, "lahja:", err)
			return exitcode.Usage
		}
	}
	document := reports.New(scenarios, engines)
	var out output = newTable(stdout, stderr, document, todo.total())
	last := stdout // for the summary of the series
	if c.JSON {
		out, last = &jsonLines{w: stdout}, stderr
	}
	with := func(t turn) runner.Runner {
		r := runner.Runner{Engine: t.engine, Timeout: c.Timeout, ActionTimeout: c.ActionTimeout, Seed: c.Seed,
			Exclusive: true, Progress: out.progress, WaitForDebugger: c.WaitForDebugger, Params: c.Param, Known: known(suites, t.scenario, t.engine)}
		r.Interrupted = func(at []runner.Standing) { stood(stderr, out, document, t, at) }
		if c.Verbose || c.WaitForDebugger != "" {
			r.Output = &verbose{w: stderr, title: fmt.Sprintf("%s on %s", t.scenario.Name, t.engine.Name()), clear: out.clear}
		}
		return r
	}
	var ahead early
	running, stop := context.WithCancel(ctx)
	defer ahead.wait()
	defer stop()
	err := c.each(ctx, todo, document, func(t turn) error {
		out.begin(t.scenario, t.engine)
		if all, plain := todo.(*rounds); plain && t.run != ahead.round && c.WaitForDebugger == "" {
			ahead.start(running, t.run, all, with)
		}
		report, ok := ahead.report(t)
		if !ok {
			r := with(t)
			report = r.Run(ctx, t.scenario)
		}
		if report.Interrupted {
			return nil
		}
		result := reports.Of(report, t.run)
		document.Add(result)
		if annotation := report.Annotation(); annotation != "" {
			fmt.Fprintln(stderr, annotation)
		}
		return errors.Join(todo.record(result), out.end(result))
	})
	interrupted := err == nil && ctx.Err() != nil
	if interrupted {
		fmt.Fprintf(stderr, "lahja: interrupted; %d did not run; the results so far:\n", document.NotRun())
		document.Interrupted = "the command was interrupted"
	}
	if err == nil {
		err = c.finish(stdout, stderr, out, document)
	}
	if err = errors.Join(err, todo.finish(last)); err != nil {
		fmt.Fprintln(stderr, "lahja: write the results:", err)
	}
	switch {
	case interrupted:
		return exitcode.Interrupted
	case err != nil:
		return exitcode.Failed
	}
	return c.exitCode(stderr, document, todo)
}

// stood prints at once where every driver is, because stopping them may take a while.
func stood(stderr io.Writer, out output, document *reports.Document, t turn, at []runner.Standing) {
	for _, s := range at {
		document.Stood = append(document.Stood, s.String())
	}
	out.clear()
	fmt.Fprintf(stderr, "lahja: interrupted while %s ran on %s, with the drivers at:\n%s", t.scenario.Name, t.engine.Name(), runner.StandingText(at))
}

// each calls run for each turn until run fails, ctx ends, or the time is up.
func (c *runCommand) each(ctx context.Context, todo series, document *reports.Document, run func(turn) error) error {
	start := time.Now()
	for t := range todo.next() {
		if c.For != nil && time.Since(start) >= *c.For {
			document.Interrupted = fmt.Sprintf("the time was up (--for %v)", *c.For)
			return nil
		}
		if err := run(t); err != nil || ctx.Err() != nil {
			return err
		}
	}
	return nil
}

// finish writes the results and the reports. After an interruption it writes no conclusion.
func (c *runCommand) finish(stdout, stderr io.Writer, out output, document *reports.Document) error {
	errs := []error{out.finish()}
	for _, name := range c.Report {
		err := document.WriteFile(name)
		if err == nil {
			fmt.Fprintln(stderr, "lahja: wrote", name)
		}
		errs = append(errs, err)
	}
	if c.conclude != nil && document.Interrupted == "" {
		errs = append(errs, c.conclude(stdout, document))
	}
	return errors.Join(errs...)
}

func (c *runCommand) exitCode(stderr io.Writer, document *reports.Document, todo series) int {
	counts, untested := document.Counts(), document.Untested()
	switch {
	case counts[runner.Failed] > 0:
		return exitcode.Failed
	case todo.left() > 0:
		fmt.Fprintf(stderr, "lahja: %d runs are left\n", todo.left())
		return exitcode.Unfinished
	case todo.passed() == 0:
		fmt.Fprintln(stderr, "lahja: nothing passed: every scenario chosen is unsupported, or known to fail, on every engine chosen")
		return exitcode.Failed
	case c.everyEngine && len(untested) > 0:
		fmt.Fprintf(stderr, "lahja: nothing passed on %s: every scenario chosen is unsupported there, or known to fail; "+
			"choose other scenarios, or with --engine other engines\n", strings.Join(untested, ", "))
		return exitcode.Failed
	}
	return exitcode.Passed
}

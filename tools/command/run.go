package command

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

// runCommand is `lahja run`.
type runCommand struct {
	Engine        []string          `help:"Run on the engines that match this glob (repeatable). Default: all." placeholder:"GLOB" sep:"none"`
	Scenario      []string          `help:"Run the scenarios that match this glob (repeatable). Default: all." placeholder:"GLOB" sep:"none"`
	List          bool              `help:"List scenarios and engines, and run nothing."`
	Repeat        int               `help:"Run everything N times." default:"1" placeholder:"N"`
	Timeout       time.Duration     `help:"Bound every scenario that does not bound itself." default:"30s"`
	ActionTimeout time.Duration     `help:"Bound every action that does not bound itself." default:"5s"`
	Seed          uint64            `help:"Seed of scenarios that choose at random." default:"1"`
	Param         map[string]string `help:"Hand scenarios a parameter (repeatable)." placeholder:"NAME=VALUE" mapsep:"none"`
	JSON          bool              `help:"Print one JSON object a line and run instead of a table." name:"json"`
}

// outcome is what all runs of one scenario on one engine came to.
type outcome struct {
	verdict runner.Verdict
	elapsed []time.Duration
	failed  int
	// report is the first that is not a pass, of that run.
	report *runner.Report
	run    int
}

func (c *runCommand) run(ctx context.Context, stdout, stderr io.Writer, suites []runner.Suite) int {
	scenarios, engines := everything(suites)
	scenarios, err := selectNamed("scenario", scenarios, func(s drivers.Scenario) string { return s.Name }, c.Scenario)
	if err == nil {
		engines, err = selectNamed("engine", engines, engine.Engine.Name, c.Engine)
	}
	switch {
	case err != nil:
	case c.Repeat < 1:
		err = fmt.Errorf("--repeat %d: repeat at least once", c.Repeat)
	case c.Timeout <= 0 || c.ActionTimeout <= 0:
		err = fmt.Errorf("--timeout and --action-timeout must be more than 0")
	case len(scenarios) == 0:
		err = fmt.Errorf("there are no scenarios to run")
	}
	if err != nil {
		fmt.Fprintln(stderr, "lahja:", err)
		return exitUsage
	}
	if c.List {
		if err := list(stdout, scenarios, engines); err != nil {
			fmt.Fprintln(stderr, "lahja: write the list:", err)
			return exitFailed
		}
		return exitPassed
	}
	return c.runAll(ctx, stdout, stderr, scenarios, engines)
}

func (c *runCommand) runAll(ctx context.Context, stdout, stderr io.Writer, scenarios []drivers.Scenario, engines []engine.Engine) int {
	var out output = newTable(stdout, stderr, scenarios, engines, c.Repeat)
	if c.JSON {
		out = &jsonLines{w: stdout}
	}
	var passed, failed int
	for run := range c.Repeat {
		for _, s := range scenarios {
			for _, e := range engines {
				r := runner.Runner{Engine: e, Timeout: c.Timeout, ActionTimeout: c.ActionTimeout, Seed: c.Seed,
					Exclusive: true, Progress: out.progress, Params: c.Param}
				out.begin(s, e)
				report := r.Run(ctx, s)
				switch report.Verdict {
				case runner.Passed:
					passed++
				case runner.Failed:
					failed++
				}
				if err := out.end(report, run+1); err != nil {
					fmt.Fprintln(stderr, "lahja: write the results:", err)
					return exitFailed
				}
				if ctx.Err() != nil {
					fmt.Fprintln(stderr, "lahja: interrupted; what had been run by then:")
					// What there is, as far as it can still be written.
					_ = out.finish()
					return exitInterrupted
				}
			}
		}
	}
	if err := out.finish(); err != nil {
		fmt.Fprintln(stderr, "lahja: write the results:", err)
		return exitFailed
	}
	switch {
	case failed > 0:
		return exitFailed
	case passed == 0:
		fmt.Fprintln(stderr, "lahja: nothing passed: every scenario chosen is unsupported on every engine chosen")
		return exitFailed
	}
	return exitPassed
}

package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
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
	selection
	List            bool              `help:"List scenarios and engines, and run nothing. With --json, as one JSON object."`
	FailFast        bool              `help:"Stop at the first failure."`
	Program         []string          `help:"Start FILE on agents of that platform: this program, built for it (repeatable)." placeholder:"OS/ARCH=FILE" env:"LAHJA_PROGRAMS"`
	Shuffle         shuffle           `help:"Run in random order. The seed is printed; --shuffle=SEED repeats an order." placeholder:"SEED"`
	Repeat          int               `help:"Run everything N times." default:"1" placeholder:"N"`
	Timeout         time.Duration     `help:"Time limit of a scenario that sets none." default:"30s"`
	ActionTimeout   time.Duration     `help:"Time limit of an action that sets none." default:"5s"`
	Seed            uint64            `help:"Seed for random choices in scenarios." default:"1"`
	Param           map[string]string `help:"Pass a parameter to scenarios (repeatable)." placeholder:"NAME=VALUE" mapsep:"none"`
	Report          []string          `help:"Also write a report to FILE (repeatable): .md is Markdown, .json JSON, .xml JUnit." placeholder:"FILE" sep:"none"`
	Record          string            `help:"Record all runs, in DIR. Default: those that fail, in the user's cache directory." placeholder:"DIR" type:"path"`
	HTML            string            `name:"html" help:"Write a page of all outcomes to DIR, with one of each run that failed." placeholder:"DIR" type:"path"`
	Keep            int               `help:"Keep at most N recordings, of 256 MiB together; the oldest go first. 0: record nothing." default:"100" placeholder:"N"`
	For             *time.Duration    `help:"Start no more runs after this time. Exit code 3 means that some are left." placeholder:"DURATION"`
	Verbose         bool              `short:"v" help:"Print everything that drivers print and log, with the driver's name in front of each line, and what passed by luck (see vet)."`
	WaitForDebugger string            `help:"Make the process of this driver print its id and wait for a debugger before it begins, without time limits." placeholder:"DRIVER"`
	Parallel        int               `help:"Run N scenarios at once, each alone in a process. 1: all in this process, one after the other. Default: 4 for each processor." placeholder:"N"`
	Times           bool              `help:"Add the seconds of each line of the table, and its slowest engine."`
	Color           string            `help:"Colour the results: ${enum}. auto: on a terminal, but see NO_COLOR, CLICOLOR_FORCE and CLICOLOR." enum:"auto,always,never" default:"auto"`
	JSON            bool              `help:"Print one JSON object per run, on a line each, instead of a table. conform adds one per engine." name:"json"`

	// workers: worker processes can be started, because the program dispatches them.
	workers bool
	// doubts: look for what passes by luck, and show it instead of the table.
	doubts bool
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
		if err := c.list(stdout, scenarios, engines, suites); err != nil {
			return unwritten(stderr, "write the list", err)
		}
		return exitcode.Passed
	}
	if len(c.Program) > 0 { // Whoever starts programs elsewhere reads it there.
		if err := os.Setenv("LAHJA_PROGRAMS", strings.Join(c.Program, ",")); err != nil {
			fmt.Fprintln(stderr, "lahja: --program:", err)
			return exitcode.Usage
		}
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
	if len(c.Engine) == 0 && !c.List {
		engines = unlessNamed(suites, engines)
	}
	if err == nil {
		scenarios, engines, err = c.choose(scenarios, engines)
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
	case c.Keep < 0:
		return fmt.Errorf("--keep %d: name 0 or more", c.Keep)
	case c.Keep == 0 && c.Record != "":
		return errors.New("--keep 0 keeps no recording, and --record asks for them")
	case c.Keep == 0 && c.HTML != "":
		return errors.New("--keep 0 keeps no recording, and --html links to them")
	case c.Parallel < 0:
		return fmt.Errorf("--parallel %d: name 1 or more", c.Parallel)
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

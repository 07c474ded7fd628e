package command

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/internal/runlog"
	"github.com/lahja/go-lahja/tools/runner"
)

// loggedRun is `lahja run`: runs that may go on where an earlier command ended.
type loggedRun struct {
	runCommand
	Log      string `help:"Append the result of each run to FILE, and run only what is missing until everything has passed N times (--repeat) in a row." placeholder:"FILE"`
	LogReset bool   `help:"Start the log anew, even one of another build or of other settings."`
}

// Help is shown with the command's flags.
func (loggedRun) Help() string {
	return "With --log, rerun a command to resume it, even after a kill or --for. It first runs what has the fewest passes. " +
		"A failure restarts its scenario on its engine from 0. A log belongs to one build (the hash of the program's file) and " +
		"to its settings; the command refuses any other. " +
		"Exit code 0 means that nothing failed and everything passed as often as you asked; 1, something failed, or nothing passed; " +
		"2, wrong usage or a refused log; 3, some runs are left."
}

func (c *loggedRun) run(ctx context.Context, stdout, stderr io.Writer, suites []runner.Suite) int {
	if c.Log != "" {
		c.series = c.open
	} else if c.LogReset {
		fmt.Fprintln(stderr, "lahja: --log-reset starts a log anew; name it with --log FILE")
		return exitcode.Usage
	}
	return c.runCommand.run(ctx, stdout, stderr, suites)
}

// open opens the log, and says how far it is.
func (c *loggedRun) open(scenarios []drivers.Scenario, engines []engine.Engine, stderr io.Writer) (series, error) {
	build, err := runlog.ThisBuild()
	if err != nil {
		return nil, err
	}
	log, err := runlog.Open(c.Log, build, c.settings(), c.LogReset)
	if err != nil {
		return nil, err
	}
	if log.Mended != "" {
		fmt.Fprintf(stderr, "lahja: log %s: %s\n", c.Log, log.Mended)
	}
	all := *c.rounds(scenarios, engines)
	l := &logged{rounds: all, name: c.Log, log: log, build: build, supported: map[[2]string]bool{}}
	for t := range all.cells(0) {
		l.supported[[2]string{t.scenario.Name, t.engine.Name()}] = len(engine.Missing(t.engine, t.scenario.Needs)) == 0
	}
	fmt.Fprintln(stderr, "lahja:", l.status())
	return l, nil
}

// settings are the flags that a verdict depends on.
func (c *loggedRun) settings() string {
	all := []string{fmt.Sprintf("--timeout %v --action-timeout %v --seed %d", c.Timeout, c.ActionTimeout, c.Seed)}
	for _, name := range slices.Sorted(maps.Keys(c.Param)) {
		all = append(all, fmt.Sprintf("--param %q", name+"="+c.Param[name]))
	}
	return strings.Join(all, " ")
}

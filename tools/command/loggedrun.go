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
	"github.com/lahja/go-lahja/tools/internal/runlog"
	"github.com/lahja/go-lahja/tools/runner"
)

// loggedRun is `lahja run`: runs that may go on where an earlier command ended.
type loggedRun struct {
	runCommand
	Log      string `help:"Append what comes of each run to FILE, and run only what it lacks until everything passed N times (--repeat) in a row." placeholder:"FILE"`
	LogReset bool   `help:"Start the log anew, also one of another build or of other settings."`
}

// Help is shown with the command's flags.
func (loggedRun) Help() string {
	return "With --log, a command that was ended, even by a kill or by --for, is gone on with by running it again: " +
		"what has come the least far is run first, a failure starts its scenario on its engine again from 0, and the log is refused to another build " +
		"(the program's file has another hash) and to other settings. " +
		"Exit code 0 says that nothing failed and all passed as often as is asked for; 1 that something failed, or nothing passed; " +
		"2 that the command was used wrongly or its log refused; 3 that some runs are left."
}

func (c *loggedRun) run(ctx context.Context, stdout, stderr io.Writer, suites []runner.Suite) int {
	if c.Log != "" {
		c.series = c.open
	} else if c.LogReset {
		fmt.Fprintln(stderr, "lahja: --log-reset starts a log anew; name it with --log FILE")
		return exitUsage
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
	all := rounds{scenarios: scenarios, engines: engines, repeat: c.Repeat}
	l := &logged{rounds: all, name: c.Log, log: log, build: build}
	for _, e := range engines {
		l.capabilities = append(l.capabilities, e.Capabilities())
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

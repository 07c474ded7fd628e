package command

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/lahja/go-lahja/tools/differential"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/runner"
)

// diffCommand is `lahja diff`. It exits with 0 only if something was compared, all of
// it passed on both engines, and nothing differs.
type diffCommand struct {
	Scenario      string            `arg:"" help:"Run the scenarios that match this glob."`
	EngineA       string            `arg:"" name:"engine-a" help:"One engine."`
	EngineB       string            `arg:"" name:"engine-b" help:"The other engine."`
	Timeout       time.Duration     `help:"Time limit of a scenario that sets none." default:"30s"`
	ActionTimeout time.Duration     `help:"Time limit of an action that sets none." default:"5s"`
	Seed          uint64            `help:"Seed for random choices in scenarios." default:"1"`
	Param         map[string]string `help:"Pass a parameter to scenarios (repeatable)." placeholder:"NAME=VALUE" mapsep:"none"`
}

func (c *diffCommand) run(ctx context.Context, stdout, stderr io.Writer, suites []runner.Suite) int {
	scenarios, engines := everything(suites)
	scenarios, err := selectNamed("scenario", scenarios, func(s drivers.Scenario) string { return s.Name }, []string{c.Scenario})
	var a, b engine.Engine
	if err == nil {
		a, err = oneNamed(engines, c.EngineA)
	}
	if err == nil {
		b, err = oneNamed(engines, c.EngineB)
	}
	if err == nil && (c.Timeout <= 0 || c.ActionTimeout <= 0) {
		err = fmt.Errorf("--timeout and --action-timeout must be more than 0")
	}
	if err != nil {
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Usage
	}
	return c.compareAll(ctx, stdout, stderr, scenarios, a, b)
}

// oneNamed returns the one engine that the pattern matches.
func oneNamed(engines []engine.Engine, pattern string) (engine.Engine, error) {
	selected, err := selectNamed("engine", engines, engine.Engine.Name, []string{pattern})
	if err != nil {
		return nil, err
	}
	if len(selected) > 1 {
		return nil, fmt.Errorf("%d engines match %q, %s and %s among them; name one", len(selected), pattern, selected[0].Name(), selected[1].Name())
	}
	return selected[0], nil
}

func (c *diffCommand) compareAll(ctx context.Context, stdout, stderr io.Writer, scenarios []drivers.Scenario, a, b engine.Engine) int {
	settings := runner.Runner{Timeout: c.Timeout, ActionTimeout: c.ActionTimeout, Seed: c.Seed, Exclusive: true, Params: c.Param}
	settings.Interrupted = func(at []runner.Standing) {
		fmt.Fprintf(stderr, "lahja: interrupted with the drivers at:\n%s", runner.StandingText(at))
	}
	counts := map[differential.Verdict]int{}
	for _, s := range scenarios {
		comparison := differential.Run(ctx, settings, s, a, b)
		if ctx.Err() != nil {
			fmt.Fprintln(stderr, "lahja: interrupted")
			return exitcode.Interrupted
		}
		counts[comparison.Verdict]++
		if _, err := fmt.Fprint(stdout, comparison); err != nil {
			fmt.Fprintln(stderr, "lahja: write the results:", err)
			return exitcode.Failed
		}
	}
	_, err := fmt.Fprintf(stdout, "\n%d the same, %d different, %d failed on both, %d unsupported\n", counts[differential.Same],
		counts[differential.Different], counts[differential.FailedAlike], counts[differential.Unsupported])
	if err != nil {
		fmt.Fprintln(stderr, "lahja: write the results:", err)
		return exitcode.Failed
	}
	switch {
	case counts[differential.Different]+counts[differential.FailedAlike] > 0:
		return exitcode.Failed
	case counts[differential.Same] == 0:
		fmt.Fprintln(stderr, "lahja: nothing was compared: every scenario chosen is unsupported on one of the engines")
		return exitcode.Failed
	}
	return exitcode.Passed
}

// Help is shown with the command's flags.
func (diffCommand) Help() string {
	return "The command compares what each driver receives (type, data and origin of events), and how its actions end. " +
		"It compares each sender's events on their own, because the order across senders is not promised. " +
		"It shows the first difference with the driver, the action, its source line, and what the driver saw on both engines. " +
		"Exit code 0 means that nothing differs and everything passed on both; 1, something differs, failed on both, or could not be compared; " +
		"2, wrong usage."
}

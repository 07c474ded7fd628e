package command

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine/virtual"
	"github.com/lahja/go-lahja/tools/explore"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/internal/progress"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/runner"
)

// exploreCommand is `lahja explore`.
type exploreCommand struct {
	Scenario  []string          `arg:"" optional:"" help:"Explore the scenarios that match these globs. Default: all."`
	Schedules int               `help:"Run at most N schedules of each scenario. Default: 2000, or without bound with --for." placeholder:"N"`
	For       time.Duration     `help:"Explore each scenario for at most this time." placeholder:"DURATION"`
	Kind      []explore.Kind    `help:"Run schedules of this kind alone (repeatable): random, pct2 and pct3 (random priorities that change once or twice), bounded (all with few departures from the default order). Default: all." enum:"random,pct2,pct3,bounded" placeholder:"KIND"`
	Depth     int               `help:"Most departures of a bounded schedule." default:"1" placeholder:"N"`
	Seed      uint64            `help:"Seed of the schedules, and for random choices in scenarios." default:"1"`
	Latency   time.Duration     `help:"Time that each message takes, in virtual time." placeholder:"DURATION"`
	Param     map[string]string `help:"Pass a parameter to scenarios (repeatable)." placeholder:"NAME=VALUE" mapsep:"none"`
	KeepGoing bool              `help:"Go on after a failure, and count failures by cause."`
	Check     bool              `help:"Run each schedule twice, in two processes, and show where they differ."`
	CrashEach string            `help:"Instead, run each scenario once for each step at which this driver can crash." placeholder:"DRIVER"`
	Replay    string            `help:"Run the schedule in FILE again." placeholder:"FILE" type:"path"`
	Processes int               `help:"Run schedules in N processes. Default: one for each processor." placeholder:"N"`

	// workers: worker processes can be started, because the program dispatches them.
	workers bool
}

func (c *exploreCommand) run(ctx context.Context, stdout, stderr io.Writer, suites []runner.Suite) int {
	scenarios, _ := everything(suites)
	scenarios, err := selectNamed("scenario", scenarios, func(s drivers.Scenario) string { return s.Name }, c.Scenario)
	if err != nil {
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Usage
	}
	if c.Replay != "" {
		return c.replay(ctx, stdout, stderr, suites)
	}
	worst := exitcode.Passed
	for _, s := range scenarios {
		code := c.explore(ctx, stdout, stderr, s)
		if code == exitcode.Interrupted {
			return code
		}
		worst = max(worst, code)
	}
	return worst
}

func (c *exploreCommand) options() explore.Options {
	o := explore.Options{Schedules: c.Schedules, For: c.For, Kinds: c.Kind, Depth: c.Depth, Seed: c.Seed, Params: c.Param,
		Link: virtual.Link{Latency: virtual.Constant(c.Latency)}, KeepGoing: c.KeepGoing, Check: c.Check, Workers: c.Processes, Store: &recording.Store{}}
	if !c.workers {
		o.Workers = -1
	}
	return o
}

func (c *exploreCommand) explore(ctx context.Context, stdout, stderr io.Writer, s drivers.Scenario) int {
	o, bar := c.options(), progress.New(stderr)
	all := c.Schedules
	if all == 0 {
		all = explore.DefaultSchedules
	}
	o.Progress = func(p explore.Progress) {
		bar.Show(min(p.Schedules, all), all, fmt.Sprintf("%s: %.0f a second, %d distinct, %d failed", s.Name,
			float64(p.Schedules)/p.Elapsed.Seconds(), p.Distinct, p.Failures))
	}
	var r *explore.Result
	var err error
	if c.CrashEach != "" {
		r, err = explore.CrashEach(ctx, s, c.CrashEach, o)
	} else {
		r, err = explore.Scenario(ctx, s, o)
	}
	bar.Clear()
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "lahja: interrupted")
		return exitcode.Interrupted
	case err != nil:
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Failed
	}
	if code := written(stderr, stdout, r.String()); code != exitcode.Passed {
		return code
	}
	if r.Failed() {
		return exitcode.Failed
	}
	return exitcode.Passed
}

// replay runs a schedule again.
func (c *exploreCommand) replay(ctx context.Context, stdout, stderr io.Writer, suites []runner.Suite) int {
	plan, err := explore.Load(c.Replay)
	if err != nil {
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Usage
	}
	scenarios, _ := everything(suites)
	scenarios, err = selectNamed("scenario", scenarios, func(s drivers.Scenario) string { return s.Name }, []string{plan.Scenario})
	if err != nil {
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Usage
	}
	f, err := explore.Replay(ctx, scenarios[0], plan, c.options())
	if f != nil {
		if code := written(stderr, stdout, f.String()); code != exitcode.Passed {
			return code
		}
	}
	if err != nil {
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Failed
	}
	if f.Cause != "" {
		return exitcode.Failed
	}
	return exitcode.Passed
}

package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/childproc"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/internal/workers"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// runs is what one command runs, and what comes of it.
type runs struct {
	*runCommand
	todo     series
	document *reports.Document
	screen   *screen
	results  results
	begun    time.Time
	// stop interrupts what runs.
	stop context.CancelFunc
}

func (c *runCommand) rounds(scenarios []drivers.Scenario, engines []engine.Engine) *rounds {
	return &rounds{scenarios: scenarios, engines: engines, repeat: c.Repeat, only: c.only, shuffle: c.Shuffle}
}

func (c *runCommand) runAll(ctx context.Context, stdout, stderr io.Writer, scenarios []drivers.Scenario, engines []engine.Engine, suites []runner.Suite) int {
	var todo series = c.rounds(scenarios, engines)
	if c.series != nil {
		var err error
		if todo, err = c.series(scenarios, engines, stderr); err != nil {
			fmt.Fprintln(stderr, "lahja:", err)
			return exitcode.Usage
		}
	}
	document := reports.New(scenarios, engines)
	document.Only = c.only
	if c.Shuffle.on {
		fmt.Fprintf(stderr, "lahja: in random order; --shuffle=%d repeats it\n", c.Shuffle.seed)
	}
	all := &runs{runCommand: c, todo: todo, document: document, begun: time.Now(),
		screen: newScreen(stderr, todo.total(), c.Color, func() bool { return ctx.Err() != nil }), results: newTable(stdout, document, c)}
	last := stdout // for the summary of the series
	if c.JSON {
		all.screen.quiet, all.results, last = true, &jsonLines{w: stdout}, stderr
	}
	stop := all.screen.redraw()
	err := all.make(ctx, suites)
	stop()
	document.Stood = all.screen.stood
	interrupted := err == nil && ctx.Err() != nil
	if interrupted {
		fmt.Fprintf(all.screen, "lahja: interrupted; %d did not run; the results so far:\n", document.NotRun())
		document.Interrupted = "the command was interrupted"
	}
	if err == nil {
		err = c.finish(stdout, all.screen, all.results, document)
	}
	if failed := keepFailed(document); failed != nil {
		fmt.Fprintln(stderr, "lahja: --failed will not know of this run:", failed)
	}
	err = errors.Join(err, todo.finish(last))
	switch {
	case err != nil && !errors.Is(err, syscall.EPIPE):
		return unwritten(stderr, "write the results", err)
	case interrupted:
		return exitcode.Interrupted
	}
	return c.exitCode(stderr, document, todo, err != nil)
}

// unwritten returns the exit code of a command whose output could not be written. It is no
// error if its reader has seen enough.
func unwritten(stderr io.Writer, what string, err error) int {
	if errors.Is(err, syscall.EPIPE) {
		return exitcode.Passed
	}
	fmt.Fprintf(stderr, "lahja: %s: %v\n", what, err)
	return exitcode.Failed
}

// make makes the runs until one cannot be recorded, ctx ends, or the time is up.
func (r *runs) make(ctx context.Context, suites []runner.Suite) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.stop = cancel
	p := &pool{ctx: ctx, cancel: cancel, most: r.parallel(), stderr: r.screen, begin: r.screen.begin, end: r.ended, changes: make(chan func())}
	p.cell = func(t turn) workers.Cell {
		return workers.Cell{Scenario: t.scenario, Engine: t.engine, Known: known(suites, t.scenario, t.engine), Number: t.run}
	}
	p.settings = workers.Settings{Timeout: r.Timeout, ActionTimeout: r.ActionTimeout, Seed: r.Seed, Params: r.Param,
		WaitForDebugger: r.WaitForDebugger, Store: r.store(), Output: r.Verbose, Races: r.Verbose || r.doubts, Watch: r.screen.live && !r.screen.quiet}
	defer p.close()
	for t := range r.todo.next(p.settle) {
		if r.For != nil && time.Since(r.begun) >= *r.For {
			r.document.Interrupted = fmt.Sprintf("the time was up (--for %v)", *r.For)
			p.drop()
			break
		}
		if p.add(t); ctx.Err() != nil {
			break
		}
	}
	p.settle()
	return p.err
}

// perProcessor is how many scenarios run at once by default for each processor. Most of them
// wait for each other's processes rather than compute: with one, the processors are idle for
// half of the time, and with more than four nothing is gained.
const perProcessor = 4

// parallel returns how many scenarios run at once.
func (r *runs) parallel() int {
	switch {
	case !r.workers || r.WaitForDebugger != "":
		return 1
	case r.Parallel == 0 && childproc.Supported:
		return perProcessor * runtime.NumCPU()
	}
	return max(r.Parallel, 1)
}

// ended takes the result of a run.
func (r *runs) ended(f *flight, result workers.Result) error {
	run := result.Run
	r.screen.ended(f, run.Verdict, run.Reason)
	if run.Verdict == "" {
		return nil
	}
	r.document.Add(run)
	if result.Annotation != "" {
		fmt.Fprintln(r.screen, result.Annotation)
	}
	if r.FailFast && run.Verdict == runner.Failed {
		if r.document.Interrupted == "" {
			fmt.Fprintln(r.screen, "lahja: stopped at the first failure (--fail-fast)")
		}
		r.document.Interrupted = "the first failure ended it (--fail-fast)"
		r.stop()
	}
	return errors.Join(r.todo.record(run), r.results.add(run))
}

// finish writes the results and the reports. After an interruption it writes no conclusion.
func (c *runCommand) finish(stdout, stderr io.Writer, out results, document *reports.Document) error {
	errs := []error{out.finish()}
	for _, name := range c.Report {
		err := document.WriteFile(name)
		if err == nil {
			fmt.Fprintln(stderr, "lahja: wrote", name)
		}
		errs = append(errs, err)
	}
	if err := c.writeIndex(document); err != nil {
		errs = append(errs, err)
	} else if c.HTML != "" {
		fmt.Fprintln(stderr, "lahja: wrote", filepath.Join(c.HTML, indexFile))
	}
	if c.conclude != nil && document.Interrupted == "" {
		errs = append(errs, c.conclude(stdout, document))
	}
	return errors.Join(errs...)
}

// exitCode returns the code. Unread says that nobody has read all results.
func (c *runCommand) exitCode(stderr io.Writer, document *reports.Document, todo series, unread bool) int {
	counts, untested := document.Counts(), document.Untested()
	switch {
	case counts[runner.Failed] > 0:
		return exitcode.Failed
	case unread:
		return exitcode.Passed
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

package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/race"
	"github.com/lahja/go-lahja/tools/recording"
)

// Defaults of a Runner. In a program built with -race both are four times as long.
const (
	// DefaultActionTimeout bounds an action: far above what a loaded machine
	// needs, short enough to wait for. The original has the same.
	DefaultActionTimeout = race.Factor * 5 * time.Second
	// DefaultTimeout bounds a scenario.
	DefaultTimeout = race.Factor * 30 * time.Second
)

// Runner runs scenarios on one engine. Its zero value but for Engine works. It is
// safe for concurrent use.
type Runner struct {
	// Engine is what scenarios run on.
	Engine engine.Engine
	// ActionTimeout bounds every action that neither Within nor its driver
	// bounds; 0 means DefaultActionTimeout. A scenario's Slack multiplies it.
	ActionTimeout time.Duration
	// Timeout bounds every scenario that does not bound itself; 0 means
	// DefaultTimeout. A scenario's Slack multiplies it.
	Timeout time.Duration
	// Params and Seed are handed to scenarios.
	Params map[string]string
	Seed   uint64
	// Known lists failures that are known; see CheckKnown for entries that match
	// nothing.
	Known []KnownFailure
	// Progress is told of every record of every run, from several goroutines.
	Progress func(scenario string, r engine.Record)
	// Watch is called when the drivers of a run begin. Its argument returns where every driver
	// is now, at any time and from any goroutine.
	Watch func(now func() []Standing)
	// Output receives all that drivers print, where they are processes of their own, and
	// log: each line after the driver's name. It must be safe for concurrent use; nil
	// discards it. Reports have the last lines of a driver that failed in any case.
	Output io.Writer
	// WaitForDebugger names a driver whose process waits for a debugger before it begins;
	// a line for Output says which process that is. Neither the scenario nor its actions
	// have a time limit then, but for those that actions set themselves. It works on
	// Linux, for drivers that are processes of their own.
	WaitForDebugger string
	// Interrupted is called when ctx ends before the run has come to anything, with where
	// every driver stood, while the drivers are being stopped, which may take a while.
	Interrupted func(at []Standing)
	// Logger receives what endpoints of this process log; nil discards it.
	Logger *slog.Logger
	// Trace has every driver record what it sees, for Report.Traces.
	Trace bool
	// Records is how many records of what its endpoint does each driver keeps, for
	// Report.Recording; 0 means recording.DefaultRecords. Negative turns recording off.
	Records int
	// Store keeps the recordings of runs that did not pass, or of all; nil keeps none.
	Store *recording.Store
	// Races has runs that pass looked at for what they had by luck: Report.Races.
	Races bool
	// Exclusive says that nothing else goes on in this process during a run, so
	// that all its descriptors and child processes are compared before and
	// after. Without it, those of goroutine engines are compared only as far
	// as they went through the engine's transport. Children are always
	// compared whole.
	Exclusive bool

	// rests is called when the scenario only waits; see Start.
	rests func()
}

// runs numbers the runs of this process.
var runs atomic.Uint64

// Run runs a scenario and judges it. The report says all; ctx stops the run.
func (r *Runner) Run(ctx context.Context, s drivers.Scenario) *Report {
	return r.run(ctx, s, engine.Launch{Scenario: s.Name, Params: r.Params, Seed: r.Seed})
}

// Drive runs bare drivers, which belong to no scenario, on a goroutine engine.
func Drive(ctx context.Context, e engine.Engine, all ...*drivers.Driver) *Report {
	s := drivers.Scenario{Name: "drive", Drivers: func(*drivers.Env) []*drivers.Driver { return all }}
	r := &Runner{Engine: e}
	return r.run(ctx, s, engine.Launch{})
}

func (r *Runner) run(ctx context.Context, s drivers.Scenario, launch engine.Launch) *Report {
	start := time.Now()
	if r.Engine == nil {
		report := &Report{Scenario: s.Name, Rule: s.Rule, Engine: "no engine"}
		report.harness(errors.New("the Runner has no Engine; set one, such as engine.OnGoroutines(transports.Memory())"))
		report.conclude()
		return report
	}
	report := &Report{Scenario: s.Name, Rule: s.Rule, Engine: r.Engine.Name(), Options: oneLine(engine.OptionsOf(r.Engine)), Location: Locate(s), Verdict: Passed}
	if missing := engine.Missing(r.Engine, s.Needs); len(missing) > 0 {
		report.Verdict, report.Missing = Unsupported, missing
		report.Reason = fmt.Sprintf("needs %s, which %s lacks", join(missing), r.Engine.Name())
		return report
	}
	report.began = start
	before := r.observe()
	dir := &privateDir{}
	site := engine.Site{Dir: dir.path, Logger: r.Logger, Exclusive: r.Exclusive}
	report, recorder := r.runAt(ctx, s, launch, site, before, report)
	for _, leak := range append(dir.remove(), before.compare()...) {
		report.leaked(leak)
	}
	report.Elapsed = time.Since(start)
	recorder.check(report)
	report.conclude()
	report.excuse(r.Known)
	recorder.finish(report)
	return report
}

// runAt is runOn, in the engine's own time if it has one.
func (r *Runner) runAt(ctx context.Context, s drivers.Scenario, launch engine.Launch, site engine.Site, before observation, report *Report) (*Report, *recorder) {
	if own, ok := r.Engine.(engine.OwnTime); ok {
		return r.runIn(ctx, own, s, launch, site, report)
	}
	return report, r.runOn(ctx, s, launch, site, before, report)
}

// runOn does all that happens between making the private directory and looking
// at what is left in it. Its result, nil if no driver ran, recorded the run.
func (r *Runner) runOn(ctx context.Context, s drivers.Scenario, launch engine.Launch, site engine.Site, before observation, report *Report) *recorder {
	if err := checkDispatch(r.Engine, launch); err != nil {
		report.harness(err)
		return nil
	}
	if _, children := r.Engine.(engine.ProcessEngine); children {
		uncacheable()
	}
	session, err := r.Engine.Open(ctx, site)
	if err != nil {
		report.harness(fmt.Errorf("engine %s could not be opened: %w", r.Engine.Name(), err))
		report.Interrupted = ctx.Err() != nil
		return nil
	}
	all, err := build(s, drivers.NewEnv(session, site.Dir, r.Params, r.Seed))
	if err == nil {
		err = vet(s, all)
	}
	if report.Location == "" && len(all) > 0 && all[0] != nil {
		report.Location = locate(all[0])
	}
	if err != nil {
		report.harness(err)
		report.leaks(session.Close())
		return nil
	}
	if err := placeable(ctx, session, s, all); err != nil {
		report.misplaced(err)
		report.leaks(session.Close())
		return nil
	}
	if err := r.checkDebugged(s, all); err != nil {
		report.harness(err)
		report.leaks(session.Close())
		return nil
	}

	id := strconv.FormatUint(runs.Add(1), 10) + "-" + strconv.Itoa(os.Getpid())
	recorder := r.record(all)
	recorder.scenario, recorder.coordinator = s, r.drive(ctx, s, session, all, launch, id, report, recorder)
	report.leaks(session.Close())
	if report.runID = id; !r.ownTime() {
		report.leaks(before.leakedGoroutines(id))
	}
	return recorder
}

// forChild adds to an assignment what a child is told of its driver.
func (r *Runner) forChild(a engine.Assignment, d *drivers.Driver) engine.Assignment {
	if e, children := r.Engine.(engine.ProcessEngine); children && e.IsProcess(a.Index) {
		a.PlanHash, a.Places = drivers.PlanHash([]*drivers.Driver{d}), d.Places()
	}
	return a
}

// drive runs the drivers and takes their outcomes into the report.
func (r *Runner) drive(ctx context.Context, s drivers.Scenario, session engine.Session, all []*drivers.Driver, launch engine.Launch, id string, report *Report, recorder *recorder) *coordinator {
	// The drivers' context ends by stop alone, so that a cancellation from outside
	// is recorded before any driver notices it.
	outside := ctx
	ctx, stop := context.WithCancelCause(context.WithoutCancel(outside))
	defer stop(nil)
	var progress func(engine.Record)
	if r.Progress != nil {
		progress = func(record engine.Record) { r.Progress(s.Name, record) }
	}
	c := newCoordinator(all, stop, progress)
	c.verbose, c.rests, c.resting = r.Output, s.Rests, r.rests
	if r.Watch != nil {
		r.Watch(c.now)
	}
	timeout := r.timeout(s)
	if r.WaitForDebugger == "" {
		deadline := time.AfterFunc(timeout, func() { c.fail(deadlineFailure(timeout)) })
		defer deadline.Stop()
		defer r.watchStuck(outside, c, session).stop()
	}
	told := make(chan struct{})
	watched := context.AfterFunc(outside, func() {
		defer close(told)
		c.interrupt(context.Cause(outside), r.Interrupted)
	})

	run := engine.Run{Launch: launch, Drivers: make([]engine.Driver, len(all)), NetworkFaults: slices.Contains(s.Needs, engine.Need(engine.NetworkFaults)), Places: s.Places(all)}
	for i, d := range all {
		run.Drivers[i] = d
	}
	run.Assignment = func(i int) engine.Assignment {
		a := engine.Assignment{Index: i, Coordinator: seat{c, i}, RunID: id,
			ActionTimeout: r.actionTimeout(s), Trace: r.Trace, Ring: recorder.rings[i], AwaitDebugger: all[i].Name() == r.WaitForDebugger}
		a.NextRing = func() *recording.Ring { return recorder.next(i) }
		return r.forChild(a, all[i])
	}
	session.RunDrivers(ctx, run)
	if r.WaitForDebugger == "" && time.Since(c.since) > timeout {
		c.failIfFirst(deadlineFailure(timeout)) // On a busy machine the timer can come later.
	}
	c.failVacuous(session)
	recorder.closeFiles()
	if !watched() {
		<-told
	}
	report.take(c)
	if r.Trace {
		report.Traces = c.traces()
	}
	if len(report.Failures) > 0 {
		var serving func(driver string) bool
		if _, children := r.Engine.(engine.ProcessEngine); children {
			serving = report.hadBegun
		}
		report.Hints = drivers.Hints(all, report.Failures[0], serving)
	}
	return c
}

func deadlineFailure(timeout time.Duration) *engine.Failure {
	return &engine.Failure{Kind: engine.FailedDeadline, Err: context.DeadlineExceeded,
		Message: fmt.Sprintf("the scenario was not done within %v (its deadline)", timeout)}
}

func cancelled(cause error) *engine.Failure {
	return &engine.Failure{Kind: engine.FailedHarness, Err: cause, Message: "the run was cancelled from outside: " + cause.Error()}
}

// build builds the drivers. A panic of the scenario is its failure.
func build(s drivers.Scenario, env *drivers.Env) (all []*drivers.Driver, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("building the drivers of scenario %s panicked: %v\n%s", named(s), p, drivers.PanicPlace(debug.Stack()))
		}
	}()
	if s.Drivers == nil {
		return nil, fmt.Errorf("scenario %s has no Drivers function", s.Name)
	}
	return s.Drivers(env), nil
}

// vet is for the process that runs the scenario: its children build what it has vetted.
func vet(s drivers.Scenario, all []*drivers.Driver) error {
	if err := s.Vet(all); err != nil {
		return fmt.Errorf("scenario %s cannot be run as it stands: %w", named(s), err)
	}
	return nil
}

// Locate is the file and line of a scenario, for people; "" where unknown.
func Locate(s drivers.Scenario) string { return locate(s) }

func locate(declared interface {
	Location() (file string, line int)
}) string {
	file, line := declared.Location()
	if file == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", drivers.ShortPath(file), line)
}

// named is the name of a scenario, with its place where that is known.
func named(s drivers.Scenario) string {
	if at := Locate(s); at != "" {
		return fmt.Sprintf("%s (%s)", s.Name, at)
	}
	return s.Name
}

// privateDir is the private directory of one run.
type privateDir struct {
	once sync.Once
	made string
	err  error
}

func (d *privateDir) path() (string, error) {
	d.once.Do(func() {
		if d.made, d.err = os.MkdirTemp("", "lahja-"); d.err != nil {
			d.err = fmt.Errorf("make the run's private directory: %w", d.err)
		}
	})
	return d.made, d.err
}

// remove removes the directory and lists the files that were left in it.
func (d *privateDir) remove() []string {
	d.once.Do(func() {}) // Not made by now: never.
	if d.made == "" {
		return nil
	}
	if os.Remove(d.made) == nil {
		return nil
	}
	var leaks []string
	entries, err := os.ReadDir(d.made)
	if err != nil {
		leaks = append(leaks, fmt.Sprintf("file: the private directory cannot be read: %v", err))
	}
	for _, e := range entries {
		leaks = append(leaks, fmt.Sprintf("file: %s was left in the private directory", filepath.Join(filepath.Base(d.made), e.Name())))
	}
	if err := os.RemoveAll(d.made); err != nil {
		leaks = append(leaks, fmt.Sprintf("file: the private directory cannot be removed: %v", err))
	}
	return leaks
}

func firstOf(all ...time.Duration) time.Duration {
	for _, d := range all {
		if d > 0 {
			return d
		}
	}
	return 0
}

func join[T fmt.Stringer](all []T) string {
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = one.String()
	}
	return strings.Join(names, ", ")
}

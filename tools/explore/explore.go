package explore

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine/virtual"
	"github.com/lahja/go-lahja/tools/invariants"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/reports"
)

// DefaultSchedules is how many schedules are run at most: about a second for a small scenario.
const DefaultSchedules = 2_000

// Options say how a scenario is explored. The zero value works.
type Options struct {
	// Schedules is how many are run at most; 0 means DefaultSchedules, or no bound if For is
	// set.
	Schedules int
	// For bounds the time, by the system's clock; 0 means no bound.
	For time.Duration
	// Seed varies the schedules that are chosen at random, and all that happens at random in
	// a run.
	Seed uint64
	// Kinds are the kinds of schedules, in turn; none means all: Bounded with one departure
	// first, then Random, PCT2 and PCT3.
	Kinds []Kind
	// Depth is how many departures a Bounded schedule has at most; 0 means 1.
	Depth int
	// Link is what connections are like.
	Link virtual.Link
	// Params are handed to the scenario.
	Params map[string]string
	// KeepGoing has exploring go on after a failure, and count failures by cause.
	KeepGoing bool
	// Check has each schedule run twice, in two processes, to find those whose runs take
	// different courses (Result.Diverged).
	Check bool
	// Workers is how many processes run schedules; 0 means one for each processor, and
	// negative none: schedules are run in this process, where anything that goes on beside
	// them can change their order.
	Workers int
	// Args are the arguments of a worker, which is this program started again; nil means
	// those of this process.
	Args []string
	// Store keeps the recordings of failures; nil keeps none.
	Store *recording.Store
	// Progress is called now and then, by one goroutine at a time.
	Progress func(Progress)

	// crash is the driver of CrashEach.
	crash string
}

// Progress is how far exploring is.
type Progress struct {
	Schedules, Distinct, Failures int
	Elapsed                       time.Duration
}

// Result is what exploring came to.
type Result struct {
	Scenario string
	Progress
	// Vacuous is in how many schedules a fault affected nothing, so that they showed nothing.
	// They count neither as failures nor as passes.
	Vacuous int
	// Unsupported says why the scenario cannot be run in virtual time.
	Unsupported string
	// Failures are those that were found, one of each cause, the first one first.
	Failures []*Failure
	// Invariants are the outcomes of the scenario's invariants over all schedules. Its Never are
	// what was to happen sometimes and was not seen.
	Invariants invariants.Tally
	// Diverged are schedules of which two runs took different courses, if Options.Check looked
	// for them: at most one of each 50.
	Diverged []Divergence
}

// Failure is a schedule in which the scenario fails.
type Failure struct {
	// Cause is what failed, and Count how many schedules failed with it.
	Cause string
	Count int
	// After is how many schedules were run until it was found, and Kind of which kind it is.
	After int
	Kind  Kind
	// Plan is the smallest schedule that was found to fail with the cause, and Run what
	// became of it.
	Plan *Plan
	Run  reports.Run
	// Path is the file with the plan, if Options.Store keeps the run: PlanFile beside its
	// recording.
	Path string
	// ShrunkIn is how many runs it took to shrink the plan, from so many departures.
	ShrunkIn, ShrunkFrom int
	// Diverged says at which step a second run of the plan took another course; "" if it
	// took the same one, in another process.
	Diverged string

	made []said
}

// batchSize is how many schedules a worker runs at once: a fraction of a second.
const batchSize = 50

// Scenario explores a scenario. The error says why that was not possible. What it found is no
// error.
func Scenario(ctx context.Context, s drivers.Scenario, o Options) (*Result, error) {
	Dispatch(s)
	if marked != "" {
		return nil, fmt.Errorf("this process was started to explore %s, and explores nothing else", marked)
	}
	e := &exploration{Options: o, subject: subject{scenario: s, link: o.Link, params: o.Params}, start: time.Now(),
		traces: map[uint64]bool{}, result: &Result{Scenario: s.Name, Invariants: invariants.Tally{}}}
	return e.run(ctx)
}

// exploration is one call of Scenario.
type exploration struct {
	Options
	subject subject
	start   time.Time

	telling sync.Mutex // held while Progress is called

	mu     sync.Mutex
	given  int // schedules that workers have been given
	next   int // of the kinds
	number uint64
	steps  int
	traces map[uint64]bool
	found  []foundAt
	result *Result
	err    error
	stop   context.CancelFunc
}

type foundAt struct {
	found
	after int
	kind  Kind
}

func (e *exploration) run(ctx context.Context) (*Result, error) {
	outside := ctx
	ctx, e.stop = context.WithCancel(ctx)
	defer e.stop()
	if e.For > 0 {
		defer time.AfterFunc(e.For, e.stop).Stop()
	}
	var all sync.WaitGroup
	for range e.workers() {
		all.Go(func() { e.work(ctx) })
	}
	all.Wait()
	e.report()
	if e.err != nil || outside.Err() != nil {
		return e.result, cmp.Or(e.err, context.Cause(outside))
	}
	if e.Check {
		e.found = nil // They are not what was looked for.
	}
	for _, f := range e.found {
		failure, err := e.explain(outside, f)
		if err != nil {
			return e.result, err
		}
		e.result.Failures = append(e.result.Failures, failure)
	}
	e.result.Elapsed = time.Since(e.start)
	return e.result, nil
}

func (e *exploration) workers() int {
	if e.Workers < 0 {
		return 1
	}
	return cmp.Or(e.Workers, runtime.NumCPU())
}

// worker starts a worker.
func (e *exploration) worker() (worker, error) {
	if e.Workers < 0 {
		return here{e.subject}, nil
	}
	args := e.Args
	if args == nil {
		args = os.Args[1:]
	}
	return start(e.subject, args)
}

// work has one worker do jobs until there are no more.
func (e *exploration) work(ctx context.Context) {
	w, err := e.worker()
	if err != nil {
		e.fail(err)
		return
	}
	defer w.close()
	var other worker
	if e.Check {
		if other, err = e.worker(); err != nil {
			e.fail(err)
			return
		}
		defer other.close()
	}
	for ctx.Err() == nil {
		j, ok := e.job()
		if !ok {
			return
		}
		r, err := w.do(ctx, j)
		if err == nil && e.Check && r.Unsupported == "" {
			err = e.compare(ctx, w, other, j, r)
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			e.fail(err)
			return
		}
		e.take(j, r)
		e.tell()
	}
}

func (e *exploration) fail(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.err = cmp.Or(e.err, err)
	e.stop()
}

// all is how many schedules there are to run.
func (e *exploration) all() int {
	if e.Schedules == 0 && e.For > 0 {
		return int(^uint(0) >> 1)
	}
	return cmp.Or(e.Schedules, DefaultSchedules)
}

// job is the next one to do.
func (e *exploration) job() (j job, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	left := e.all() - e.given
	if left <= 0 {
		return j, false
	}
	kinds := e.Kinds
	if len(kinds) == 0 {
		kinds = []Kind{Bounded, Random, PCT2, PCT3}
	}
	j = job{Link: e.Link, Params: e.Params, Seed: e.Seed, KeepGoing: e.KeepGoing || e.Check, Steps: e.steps}
	if e.next >= len(kinds) { // Of these there are no more.
		kinds = slices.DeleteFunc(slices.Clone(kinds), func(k Kind) bool { return k == Bounded || k == Crashes })
	}
	if len(kinds) == 0 {
		return j, false
	}
	j.Kind = kinds[e.next%len(kinds)]
	e.next++
	j.Count = min(left, batchSize)
	if j.Kind == Bounded || j.Kind == Crashes {
		j.Count, j.Depth, j.Crash = left, cmp.Or(e.Depth, 1), e.crash
		if len(kinds) > 1 {
			j.Count = min(left, e.all()/4+1)
		}
	}
	j.From, e.number, e.given = e.number, e.number+uint64(j.Count), e.given+j.Count
	return j, true
}

// take takes the result of a job in.
func (e *exploration) take(j job, r result) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.given -= j.Count - r.Runs
	before := e.result.Schedules
	e.result.Schedules += r.Runs
	e.result.Vacuous += r.Vacuous
	e.steps = max(e.steps, r.Steps)
	e.result.Invariants.Merge(r.Invariants)
	for _, t := range r.Traces {
		e.traces[t] = true
	}
	e.result.Distinct = len(e.traces)
	e.result.Unsupported = cmp.Or(e.result.Unsupported, r.Unsupported)
	for _, f := range r.Found {
		e.result.Progress.Failures += f.Count
		if i := slices.IndexFunc(e.found, func(known foundAt) bool { return known.Cause == f.Cause }); i >= 0 {
			e.found[i].Count += f.Count
			continue
		}
		e.found = append(e.found, foundAt{f, before + f.Number, j.Kind})
	}
	if r.Unsupported != "" || len(r.Found) > 0 && !e.KeepGoing && !e.Check {
		e.stop()
	}
}

// tell calls Options.Progress, which may take its time: workers go on meanwhile.
func (e *exploration) tell() {
	if e.Progress == nil {
		return
	}
	e.telling.Lock()
	defer e.telling.Unlock()
	e.mu.Lock()
	now := e.result.Progress
	e.mu.Unlock()
	now.Elapsed = time.Since(e.start)
	e.Progress(now)
}

// report ends the exploring.
func (e *exploration) report() {
	e.tell()
	if !e.KeepGoing && !e.Check && len(e.found) > 1 {
		e.found = e.found[:1]
	}
}

// explain shrinks a failing schedule, and runs it again in another process.
func (e *exploration) explain(ctx context.Context, f foundAt) (*Failure, error) {
	out := &Failure{Cause: f.Cause, Count: f.Count, After: f.after, Kind: f.kind}
	shrunk, err := e.once(ctx, job{Plans: f.Plans, Cause: f.Cause})
	if err != nil {
		return nil, err
	}
	out.Plan, out.ShrunkIn, out.ShrunkFrom = shrunk.Plan, shrunk.Runs, len(f.Plans[shrunk.Plan.Base].Departures)
	first, err := e.once(ctx, job{Plan: out.Plan, Store: e.Store})
	if err != nil {
		return nil, err
	}
	again, err := e.once(ctx, job{Plan: out.Plan})
	if err != nil {
		return nil, err
	}
	out.Plan, out.Run, out.made = first.Plan, *first.Run, first.Made
	if first.Run.Recording != "" {
		out.Path = filepath.Join(first.Run.Recording, PlanFile)
		if err := out.Plan.Save(out.Path); err != nil {
			return nil, err
		}
	}
	if first.Cause != f.Cause || first.Trace != again.Trace {
		out.Diverged = divergence(first, again, f.Cause)
	}
	return out, nil
}

// once does a job in a process of its own.
func (e *exploration) once(ctx context.Context, j job) (result, error) {
	w, err := e.worker()
	if err != nil {
		return result{}, err
	}
	defer w.close()
	j.Link, j.Params, j.Seed = e.Link, e.Params, e.Seed
	return w.do(ctx, j)
}

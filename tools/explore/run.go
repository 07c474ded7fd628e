package explore

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"runtime"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/virtual"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/runner"
)

// Kind is how schedules are chosen.
type Kind string

// The kinds of schedules.
const (
	// Random schedules let anybody go on at each step.
	Random Kind = "random"
	// PCT2 and PCT3 are probabilistic concurrency testing of depth 2 and 3.
	PCT2 Kind = "pct2"
	PCT3 Kind = "pct3"
	// Bounded are all schedules with few departures from the default one, those with the
	// fewest first.
	Bounded Kind = "bounded"
)

// subject is what is explored.
type subject struct {
	scenario drivers.Scenario
	link     virtual.Link
	params   map[string]string
}

// outcome is one run.
type outcome struct {
	report *runner.Report
	steps  []virtual.Step
	plans  map[Base]*Plan
}

// strategy makes the strategy of a kind for the schedule of that number.
func (k Kind) strategy(number uint64, steps int) virtual.Strategy {
	r := rand.New(rand.NewPCG(number, 0))
	switch k {
	case PCT2:
		return newPCT(r, 2, steps)
	case PCT3:
		return newPCT(r, 3, steps)
	}
	return random{r}
}

// try makes one run with the strategy.
func (s subject) try(ctx context.Context, seed uint64, strategy virtual.Strategy) outcome {
	return s.tryCrash(ctx, seed, strategy, nil)
}

// tryCrash is try with a crash; nil is none.
func (s subject) tryCrash(ctx context.Context, seed uint64, strategy virtual.Strategy, crash *virtual.Crash) outcome {
	n := &noting{Strategy: strategy, departures: map[Base][]Departure{}}
	schedule := virtual.NewSchedule(n)
	schedule.CrashAt(crash)
	report := s.run(ctx, seed, schedule, s.settings())
	plans := map[Base]*Plan{}
	for _, base := range bases {
		plans[base] = &Plan{Schema: Schema, Scenario: s.scenario.Name, Go: runtime.Version(), Seed: seed, Params: s.params, Link: s.link,
			Base: base, Departures: n.departures[base], Crash: crash}
	}
	return outcome{report, schedule.Steps(), plans}
}

// settings are those of a run that is not shown.
func (s subject) settings() *runner.Runner {
	r := &runner.Runner{}
	if len(s.scenario.Invariants) == 0 {
		r.Records = -1 // Nobody looks at what happened.
	}
	return r
}

// follow makes one run with the plan, and records what happens.
func (s subject) follow(ctx context.Context, p *Plan, store *recording.Store) (outcome, []made) {
	f := &follow{base: p.Base, departures: p.Departures}
	schedule := virtual.NewSchedule(f)
	if p.Crash != nil {
		schedule.CrashAt(&virtual.Crash{Driver: p.Crash.Driver, Step: p.Crash.Step})
	}
	report := s.run(ctx, p.Seed, schedule, &runner.Runner{Store: store})
	return outcome{report, schedule.Steps(), nil}, f.made
}

func (s subject) run(ctx context.Context, seed uint64, schedule *virtual.Schedule, r *runner.Runner) *runner.Report {
	r.Engine, r.Params, r.Seed = virtual.Engine{Seed: seed, Link: s.link, Schedule: schedule}, s.params, seed
	return r.Run(ctx, s.scenario)
}

// trace is the hash of all steps.
func (o outcome) trace() uint64 {
	h := fnv.New64a()
	for _, step := range o.steps {
		// Writing to a hash does not fail.
		_, _ = io.WriteString(h, step.String())
		_, _ = h.Write([]byte{0}) // where texts end
	}
	return h.Sum64()
}

// words are all steps as texts.
func (o outcome) words() []string {
	all := make([]string, len(o.steps))
	for i, step := range o.steps {
		all[i] = step.String()
	}
	return all
}

// failed reports whether the run failed.
func (o outcome) failed() bool { return o.report.Verdict == runner.Failed }

// vacuous reports whether all was well but that a fault affected nothing.
func (o outcome) vacuous() bool {
	return len(o.report.Failures) > 0 && o.report.Failures[0].Kind == engine.FailedVacuous
}

// cause tells failures apart: what failed, and where.
func (o outcome) cause() string {
	if len(o.report.Failures) == 0 {
		return o.report.Reason
	}
	f := o.report.Failures[0]
	if f.Kind == engine.FailedInvariant {
		return fmt.Sprintf("%s, %s", f.Kind, o.report.Cause())
	}
	if f.Driver == "" {
		return string(f.Kind)
	}
	return fmt.Sprintf("%s, driver %s at action %d, %s", f.Kind, f.Driver, f.Action, f.Text)
}

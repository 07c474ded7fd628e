package explore

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"runtime"
	"slices"

	"github.com/lahja/go-lahja/tools/engine/virtual"
	"github.com/lahja/go-lahja/tools/invariants"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// job is what a worker is asked to do.
type job struct {
	// Link, Params and Seed are those of the Options.
	Link   virtual.Link      `json:"link"`
	Params map[string]string `json:"params,omitempty"`
	Seed   uint64            `json:"seed"`

	// Kind and the numbers of schedules to run; Steps is about how long one is. Schedules of
	// the kind Bounded begin with the departures of the Plan, and have up to Depth more.
	Kind  Kind   `json:"kind,omitempty"`
	From  uint64 `json:"from,omitempty"`
	Count int    `json:"count,omitempty"`
	Steps int    `json:"steps,omitempty"`
	Depth int    `json:"depth,omitempty"`
	// Crash is the driver that crashes in schedules of the kind Crashes.
	Crash string `json:"crash,omitempty"`
	// KeepGoing has the job go on after a failure.
	KeepGoing bool `json:"keep-going,omitempty"`
	// Words has the result tell the steps of the last run.
	Words bool `json:"words,omitempty"`

	// Plan is to be run once, and recorded. Plans are to be shrunk: they are those of one run,
	// which failed with the Cause.
	Plan  *Plan            `json:"plan,omitempty"`
	Plans map[Base]*Plan   `json:"plans,omitempty"`
	Cause string           `json:"cause,omitempty"`
	Store *recording.Store `json:"store,omitempty"`
}

// result is what came of a job.
type result struct {
	// Runs is how many schedules were run, Steps how long the longest was.
	Runs  int `json:"runs"`
	Steps int `json:"steps"`
	// Vacuous is in how many of them a fault affected nothing.
	Vacuous int `json:"vacuous,omitempty"`
	// Traces are hashes of the schedules, each once.
	Traces []uint64 `json:"traces,omitempty"`
	// Order is the hash of all of them.
	Order [sha256.Size]byte `json:"order,omitzero"`
	Words []string          `json:"words,omitempty"`
	// Unsupported says why the scenario cannot be run in virtual time.
	Unsupported string `json:"unsupported,omitempty"`
	// Invariants are the outcomes of the scenario's invariants.
	Invariants invariants.Tally `json:"invariants,omitempty"`
	// Found are failures, one of each cause.
	Found []found `json:"found,omitempty"`

	// Plan is the one that was followed or shrunk, and what came of it.
	Plan  *Plan        `json:"plan,omitempty"`
	Run   *reports.Run `json:"run,omitempty"`
	Cause string       `json:"cause,omitempty"`
	Trace uint64       `json:"trace,omitempty"`
	Made  []said       `json:"made,omitempty"`
}

// found is a failure.
type found struct {
	Cause string `json:"cause"`
	Count int    `json:"count"`
	// Plans are those of the first one, which was the schedule of that number of the job.
	Plans  map[Base]*Plan `json:"plans"`
	Number int            `json:"number"`
}

// said is a departure in words.
type said struct {
	Departure
	Who string `json:"who"`
	// Others are those steps before or after which it went that are not the bus's own messages,
	// and Bus is how many are.
	Others []string `json:"others"`
	Bus    int      `json:"bus,omitempty"`
}

// do does a job in this process.
func (s subject) do(ctx context.Context, j job) result {
	s.link, s.params = j.Link, j.Params
	switch {
	case j.Cause != "":
		plan, runs := s.shrink(ctx, j.Plans, j.Cause)
		return result{Runs: runs, Plan: plan}
	case j.Kind == "":
		return s.replay(ctx, j)
	}
	b := &batch{subject: s, job: j, traces: map[uint64]bool{}, result: result{Invariants: invariants.Tally{}}}
	switch j.Kind {
	case Bounded:
		b.bounded(ctx, j.Plan, j.Depth)
	case Crashes:
		b.crashes(ctx)
	default:
		b.numbered(ctx)
	}
	b.result.Order = sha256.Sum256(b.order)
	return b.result
}

// replay runs a plan once, and tells all about it.
func (s subject) replay(ctx context.Context, j job) result {
	o, made := s.follow(ctx, j.Plan, j.Store)
	run := reports.Of(o.report, 1)
	r := result{Runs: 1, Steps: len(o.steps), Plan: j.Plan, Run: &run, Trace: o.trace()}
	if o.failed() {
		r.Cause = o.cause()
	}
	r.Plan.Steps = o.words()
	for _, m := range made {
		words := said{Departure: m.Departure, Who: m.Who.String()}
		for _, other := range m.Others {
			if m.Waits > 0 && other.Own() {
				words.Bus++
				continue
			}
			words.Others = append(words.Others, other.String())
		}
		r.Made = append(r.Made, words)
	}
	return r
}

// batch runs schedules.
type batch struct {
	subject
	job    job
	traces map[uint64]bool
	order  []byte // the traces of all runs
	result result
}

// numbered runs the schedules of some numbers. A run has the number as its seed, so that what
// happens at random differs.
func (b *batch) numbered(ctx context.Context) {
	for n := range uint64(b.job.Count) {
		number := b.job.Seed + b.job.From + n
		o := b.try(ctx, number, b.job.Kind.strategy(number, b.job.Steps))
		if !b.note(ctx, o) {
			return
		}
	}
}

// note takes a run in, and reports whether to go on.
func (b *batch) note(ctx context.Context, o outcome) (goOn bool) {
	collect()
	if o.report.Verdict == runner.Unsupported {
		b.result.Unsupported = o.report.Reason
		return false
	}
	if o.report.Interrupted || ctx.Err() != nil {
		return false
	}
	b.result.Runs++
	b.result.Steps = max(b.result.Steps, len(o.steps))
	b.result.Invariants.Add(o.report.Invariants)
	if b.job.Words {
		b.result.Words = o.words()
	}
	trace := o.trace()
	b.order = binary.BigEndian.AppendUint64(b.order, trace)
	if !b.traces[trace] {
		b.traces[trace] = true
		b.result.Traces = append(b.result.Traces, trace)
	}
	if o.vacuous() {
		b.result.Vacuous++
		return true
	}
	if !o.failed() {
		return true
	}
	cause := o.cause()
	i := slices.IndexFunc(b.result.Found, func(f found) bool { return f.Cause == cause })
	if i < 0 {
		i = len(b.result.Found)
		b.result.Found = append(b.result.Found, found{Cause: cause, Plans: o.plans, Number: b.result.Runs})
	}
	b.result.Found[i].Count++
	return b.job.KeepGoing
}

// bounded runs a plan, and then all plans that have up to depth departures more, after its
// own. It reports whether to go on.
func (b *batch) bounded(ctx context.Context, p *Plan, depth int) (goOn bool) {
	if b.result.Runs >= b.job.Count {
		return false
	}
	var departures []Departure
	if p != nil {
		departures = p.Departures
	}
	f := &choosing{follow: follow{base: Oldest, departures: departures}}
	o := b.try(ctx, b.job.Seed, f)
	o.plans[Oldest].Departures = f.possible()
	if !b.note(ctx, o) {
		return false
	}
	if depth == 0 {
		return true
	}
	first := 0
	if n := len(departures); n > 0 {
		first = departures[n-1].Step + 1
	}
	for _, d := range f.others(first) {
		if !b.bounded(ctx, &Plan{Departures: append(slices.Clip(departures), d)}, depth-1) {
			return false
		}
	}
	return true
}

// choosing follows a plan and keeps what else could have been chosen.
type choosing struct {
	follow
	choices [][]string
	picked  []int
}

func (c *choosing) Pick(step int, choices []virtual.Choice) int {
	actors := make([]string, len(choices))
	for i := range choices {
		actors[i] = choices[i].Actor
	}
	pick := c.follow.Pick(step, choices)
	c.choices, c.picked = append(c.choices, actors), append(c.picked, pick)
	return pick
}

// others are the departures that were possible from that step on: first those in which somebody
// waits, which are fewer.
func (c *choosing) others(first int) (all []Departure) {
	for step := first; step < len(c.choices); step++ {
		if picked := c.picked[step]; len(c.choices[step]) > 1 {
			all = append(all, Departure{Step: step, Actor: c.choices[step][picked], Choice: picked, Waits: untilNobody})
		}
	}
	for step := first; step < len(c.choices); step++ {
		for i, actor := range c.choices[step] {
			if i != c.picked[step] {
				all = append(all, Departure{Step: step, Actor: actor, Choice: i})
			}
		}
	}
	return all
}

// collectAbove is how large the heap grows before it is collected between two runs, in bytes.
const collectAbove = 64 << 20

// collect collects garbage between runs, because a collection during a run would stop
// goroutines at places that differ. Only a worker collects so.
func collect() {
	if marked != "" && heapSize() > collectAbove {
		runtime.GC()
	}
}

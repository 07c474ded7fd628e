package command

import (
	"io"
	"iter"
	"slices"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// turn is one run to make.
type turn struct {
	scenario drivers.Scenario
	engine   engine.Engine
	run      int // its number, from 1
}

// labelAlone is the label of scenarios that measure time or memory: nothing else runs
// meanwhile.
const labelAlone = "alone"

// alone reports whether nothing else may run meanwhile.
func (t turn) alone() bool { return slices.Contains(t.scenario.Labels, labelAlone) }

// series says what is run, in which order, and how often.
type series interface {
	// total returns how many runs there will be if none fails.
	total() int
	// next yields the runs. It calls settle where the next one may depend on the results of
	// those before it: settle returns when all have theirs.
	next(settle func()) iter.Seq[turn]
	// record takes the result of a run.
	record(r reports.Run) error
	// left returns how many runs are missing, and passed how many passes count.
	left() int
	passed() int
	// finish ends the series and writes a summary to w.
	finish(w io.Writer) error
}

// rounds runs everything, repeat times. Scenarios that mostly wait (drivers.Scenario.Rests)
// come first in a round, because the others can run beside them, and those that run alone last.
type rounds struct {
	scenarios []drivers.Scenario
	engines   []engine.Engine
	repeat    int
	// only has the cells to run, by scenario and engine; nil means all.
	only    map[[2]string]bool
	shuffle shuffle

	done, passes int
}

func (r *rounds) total() int {
	total := 0
	for range r.cells(0) {
		total += r.repeat
	}
	return total
}

func (r *rounds) next(settle func()) iter.Seq[turn] {
	return func(yield func(turn) bool) {
		for i := range r.repeat {
			if i > 0 && r.anyRests() {
				settle() // So that not all rounds wait at once.
			}
			for t := range r.cells(i) {
				t.run = i + 1
				if !yield(t) {
					return
				}
			}
		}
	}
}

func (r *rounds) anyRests() bool {
	return slices.ContainsFunc(r.scenarios, func(s drivers.Scenario) bool { return s.Rests != "" })
}

// cells is every scenario on every engine, in the order of a round, without the number of a
// run.
func (r *rounds) cells(round int) iter.Seq[turn] {
	var waiting, working, alone []turn
	for _, s := range r.scenarios {
		for _, e := range r.engines {
			t := turn{scenario: s, engine: e}
			switch {
			case r.only != nil && !r.only[[2]string{s.Name, e.Name()}]:
			case s.Rests != "":
				waiting = append(waiting, t)
			case t.alone():
				alone = append(alone, t)
			default:
				working = append(working, t)
			}
		}
	}
	if r.shuffle.on {
		random := r.shuffle.random(round)
		for _, all := range [][]turn{waiting, working, alone} {
			random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		}
	}
	return slices.Values(slices.Concat(waiting, working, alone))
}

func (r *rounds) record(result reports.Run) error {
	r.done++
	if result.Verdict == runner.Passed {
		r.passes++
	}
	return nil
}

func (r *rounds) left() int { return r.total() - r.done }

func (r *rounds) passed() int { return r.passes }

func (r *rounds) finish(io.Writer) error { return nil }

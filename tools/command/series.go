package command

import (
	"io"
	"iter"

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

// series says what is run, in which order, and how often.
type series interface {
	// total returns how many runs there will be if none fails.
	total() int
	// next yields the runs. The next one may depend on the result of the last.
	next() iter.Seq[turn]
	// record takes the result of a run.
	record(r reports.Run) error
	// left returns how many runs are missing, and passed how many passes count.
	left() int
	passed() int
	// finish ends the series and writes a summary to w.
	finish(w io.Writer) error
}

// rounds runs everything, repeat times, one run after the other. Scenarios that mostly wait
// (drivers.Scenario.Rests) come last in a round, and may have been started before.
type rounds struct {
	scenarios []drivers.Scenario
	engines   []engine.Engine
	repeat    int

	done, passes int
}

func (r *rounds) total() int { return len(r.scenarios) * len(r.engines) * r.repeat }

func (r *rounds) next() iter.Seq[turn] {
	return func(yield func(turn) bool) {
		for i := range r.repeat {
			for _, waits := range []bool{false, true} {
				for _, s := range r.scenarios {
					for _, e := range r.engines {
						if waits == (s.Rests != "") && !yield(turn{s, e, i + 1}) {
							return
						}
					}
				}
			}
		}
	}
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

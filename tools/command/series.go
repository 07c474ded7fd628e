package command

import (
	"io"
	"iter"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// turn is one run that is to be made.
type turn struct {
	scenario drivers.Scenario
	engine   engine.Engine
	run      int // its number, from 1
}

// series says what is run, in which order, and how often.
type series interface {
	// total is how many runs there will be if none fails.
	total() int
	// next are the runs. What comes next may depend on what came of the last.
	next() iter.Seq[turn]
	// came takes what came of a run.
	came(r reports.Run) error
	// left is how many runs are missing, and passed how many passes count.
	left() int
	passed() int
	// finish ends the series and says on w what it came to.
	finish(w io.Writer) error
}

// rounds is everything, as often as is asked for, one after the other but for what mostly
// waits (drivers.Scenario.Rests): that comes last, and may have been started before.
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

func (r *rounds) came(result reports.Run) error {
	r.done++
	if result.Verdict == runner.Passed {
		r.passes++
	}
	return nil
}

func (r *rounds) left() int { return r.total() - r.done }

func (r *rounds) passed() int { return r.passes }

func (r *rounds) finish(io.Writer) error { return nil }

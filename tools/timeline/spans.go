package timeline

import (
	"time"

	"github.com/lahja/go-lahja/tools/recording"
)

// span is one execution of a step.
type span struct {
	driver, step int
	// entry is that of its begin.
	entry int
	// depth is how many steps of the driver were under way when it began.
	depth      int
	begin, end time.Duration
	text       string
	source     string
	err        string
	// open says that its end was not recorded, waits that it waited at a point.
	open, waits bool
}

// failed reports whether the step failed, or never ended.
func (s *span) failed() bool { return s.err != "" || s.open }

type execution struct{ driver, step, serial int }

// spansOf pairs the begins and the ends of steps, in order of their begins.
func spansOf(run *recording.Run) []span {
	var spans []span
	running := map[execution]int{}
	rows := make([]rowSet, len(run.Drivers))
	for at, e := range run.Entries {
		if e.Driver < 0 || e.Driver >= len(run.Drivers) {
			continue
		}
		key := execution{e.Driver, e.Step, e.Serial}
		switch e.Kind {
		case recording.StepBegan:
			running[key] = len(spans)
			spans = append(spans, span{driver: e.Driver, step: e.Step, entry: at, begin: e.At, text: e.Text, source: e.Source,
				depth: rows[e.Driver].take(), open: true})
		case recording.StepEnded:
			if i, ok := running[key]; ok {
				delete(running, key)
				rows[e.Driver].free(spans[i].depth)
				spans[i].end, spans[i].err, spans[i].open = e.At, e.Error, false
			}
		case recording.Arrived:
			for key, i := range running {
				if key.driver == e.Driver && key.step == e.Step {
					spans[i].waits = true
				}
			}
		}
	}
	closeOpen(run, spans)
	return spans
}

// closeOpen lets a step without an end last until its driver did nothing more.
func closeOpen(run *recording.Run, spans []span) {
	last := make([]time.Duration, len(run.Drivers))
	for _, e := range run.Entries {
		if e.Driver >= 0 && e.Driver < len(last) {
			last[e.Driver] = e.At
		}
	}
	for i := range spans {
		if s := &spans[i]; s.open {
			s.end = max(s.begin, last[s.driver])
		}
	}
}

// rowSet gives steps that are under way at once a row each.
type rowSet []bool

func (r *rowSet) take() int {
	for i, taken := range *r {
		if !taken {
			(*r)[i] = true
			return i
		}
	}
	*r = append(*r, true)
	return len(*r) - 1
}

func (r *rowSet) free(row int) { (*r)[row] = false }

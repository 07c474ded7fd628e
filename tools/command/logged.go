package command

import (
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/lahja/go-lahja/tools/internal/runlog"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// logged runs what a log lacks until each scenario has passed repeat times in a row on each
// engine. It first runs what has the fewest passes, so that all have made about the same
// progress whenever it ends. It runs nothing more than repeat times, so a scenario that keeps
// failing ends too.
type logged struct {
	rounds
	name  string
	log   *runlog.Log
	build runlog.Build
	// supported has the scenarios and engines, by name, that can run together.
	supported map[[2]string]bool
}

// row is what the log says of one scenario on one engine.
type row struct {
	runlog.Row
	// settled: repeating it shows nothing new, as it is unsupported or known to fail.
	settled bool
	// missing is how many passes it lacks.
	missing int
}

// pairs is every scenario on every engine with its row.
func (l *logged) pairs() iter.Seq2[turn, row] {
	return func(yield func(turn, row) bool) {
		for t := range l.cells(0) {
			r := row{Row: l.log.Row(t.scenario.Name, t.engine.Name())}
			r.settled = r.Last == runner.Known || !l.supported[[2]string{t.scenario.Name, t.engine.Name()}]
			if !r.settled {
				r.missing = max(0, l.repeat-r.Passes)
			}
			t.run = r.Runs + 1
			if !yield(t, r) {
				return
			}
		}
	}
}

// total counts what is settled once: it is run again to see that it still is.
func (l *logged) total() int {
	total := 0
	for _, row := range l.pairs() {
		total += row.missing
		if row.settled {
			total++
		}
	}
	return total
}

func (l *logged) left() int {
	left := 0
	for _, row := range l.pairs() {
		left += row.missing
	}
	return left
}

func (l *logged) passed() int {
	passed := 0
	for _, row := range l.pairs() {
		passed += row.Passes
	}
	return passed
}

func (l *logged) next(settle func()) iter.Seq[turn] {
	return func(yield func(turn) bool) {
		for level := range l.repeat {
			settle() // No cell runs twice at once: what is missing depends on its last result.
			for t, row := range l.pairs() {
				due := row.missing > 0 && row.Passes <= level || row.settled && level == 0
				if due && !yield(t) {
					return
				}
			}
		}
	}
}

// record appends the result to the log. It writes only once that an engine lacks what a
// scenario needs.
func (l *logged) record(r reports.Run) error {
	if r.Verdict == runner.Unsupported && l.log.Row(r.Scenario, r.Engine).Last == runner.Unsupported {
		return nil
	}
	if err := l.build.Check(); err != nil {
		return err
	}
	return l.log.Append(r)
}

// status says in a line or two how far the log is.
func (l *logged) status() string {
	complete, open, still := 0, 0, 0
	for _, row := range l.pairs() {
		switch {
		case row.settled:
			still++
		case row.missing == 0:
			complete++
		default:
			open++
		}
	}
	text := fmt.Sprintf("%s: of %d rows (one scenario on one engine), %d passed %d times in a row, %d are unsupported or known to fail, %d are left",
		l.name, complete+open+still, complete, l.repeat, still, open)
	if left := l.left(); left > 0 {
		text += fmt.Sprintf(" with %d runs%s", left, l.estimate())
	}
	return text
}

// estimate returns how long the missing runs will take, judging by the times in the log. A
// row without runs counts as the average of the others.
func (l *logged) estimate() string {
	var left, means time.Duration
	rows, unknown := 0, 0
	for _, row := range l.pairs() {
		mean, missing := row.Mean(), row.missing
		if mean == 0 {
			unknown += missing
			continue
		}
		rows++
		means += mean
		left += mean * time.Duration(missing)
	}
	if rows == 0 {
		return ""
	}
	left += means / time.Duration(rows) * time.Duration(unknown)
	return fmt.Sprintf(" that take about %v", left.Round(time.Second))
}

// finish says how far the log is, and which rows failed on the way.
func (l *logged) finish(w io.Writer) error {
	if err := l.log.Close(); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w, l.status()); err != nil {
		return err
	}
	for t, row := range l.pairs() {
		if row.Failed == 0 {
			continue
		}
		_, err := fmt.Fprintf(w, "  %s on %s: %d of %d runs failed, the last was run %d; %d in a row since: %s\n",
			t.scenario.Name, t.engine.Name(), row.Failed, row.Runs, row.Failure.Number, row.Passes, row.Failure.Reason)
		if err != nil {
			return err
		}
	}
	return nil
}

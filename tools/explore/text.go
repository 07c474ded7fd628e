package explore

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lahja/go-lahja/internal/brief"
)

// Failed reports whether there is something to mend: a failure, schedules that cannot be
// repeated, what was to happen sometimes and did not, or faults that affected nothing in any
// schedule.
func (r *Result) Failed() bool {
	return len(r.Failures) > 0 || len(r.Diverged) > 0 || len(r.Invariants.Never()) > 0 || r.allVacuous()
}

func (r *Result) allVacuous() bool { return r.Schedules > 0 && r.Vacuous == r.Schedules }

// String says what exploring came to, in words.
func (r *Result) String() string {
	if r.Unsupported != "" {
		return fmt.Sprintf("%s cannot be explored: %s\n", r.Scenario, r.Unsupported)
	}
	var b strings.Builder
	for _, f := range r.Failures {
		fmt.Fprintf(&b, "%s\n", f)
	}
	for _, d := range r.Diverged {
		fmt.Fprintf(&b, "DIVERGED %s\n", d)
	}
	seconds := r.Elapsed.Seconds()
	fmt.Fprintf(&b, "%s: %s in %v (%.0f a second), %d distinct; ", r.Scenario, brief.Plural(r.Schedules, "schedule"),
		r.Elapsed.Round(time.Millisecond), float64(r.Schedules)/max(seconds, 1e-9), r.Distinct)
	switch n := r.Progress.Failures; n {
	case 0:
		b.WriteString("none failed\n")
	default:
		fmt.Fprintf(&b, "%d failed, with %s\n", n, brief.Plural(len(r.Failures), "cause"))
	}
	switch {
	case r.allVacuous():
		b.WriteString("in every schedule, a fault affected nothing, so nothing was shown: have it begin before what it is to disturb is sent\n")
	case r.Vacuous > 0:
		fmt.Fprintf(&b, "not counted, because a fault affected nothing: %s\n", brief.Plural(r.Vacuous, "schedule"))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Invariants)) {
		if n := r.Invariants[name].Undecided; n > 0 {
			fmt.Fprintf(&b, "undecided in %s: %s\n", brief.Plural(n, "schedule"), name)
		}
	}
	for _, name := range r.Invariants.Never() {
		fmt.Fprintf(&b, "in no schedule: %s\n", name)
	}
	return b.String()
}

// String says how the scenario fails, and in which order.
func (f *Failure) String() string {
	var b strings.Builder
	if f.After > 0 {
		fmt.Fprintf(&b, "FAILED in schedule %d (%s, seed %d): %s\n", f.After, f.Kind, f.Plan.Seed, f.Plan.Scenario)
	}
	if f.Diverged != "" {
		fmt.Fprintf(&b, "This schedule cannot be repeated, which is a failure of the harness: %s.\n", f.Diverged)
	}
	f.schedule(&b)
	b.WriteString(f.Run.Report)
	if f.Path != "" {
		fmt.Fprintf(&b, "  schedule:  %s\n", f.Path)
	}
	return b.String()
}

// usually says what a default schedule is.
var usually = map[Base]string{
	Oldest:   "first come, first served",
	Continue: "with everybody going on as long as they can",
}

// schedule says who went before whom.
func (f *Failure) schedule(b *strings.Builder) {
	if f.Plan.Crash != nil {
		f.crash(b)
		return
	}
	base := usually[f.Plan.Base]
	if len(f.made) == 0 {
		fmt.Fprintf(b, "No special order is needed: it fails %s.\n", base)
		return
	}
	fmt.Fprintf(b, "%s, %s", brief.Plural(len(f.Plan.Steps), "step"), base)
	if len(f.made) == 1 {
		b.WriteString(", but one is out of turn")
	} else {
		fmt.Fprintf(b, ", but %d are out of turn", len(f.made))
	}
	if f.ShrunkIn > 0 && f.ShrunkFrom > len(f.made) {
		fmt.Fprintf(b, " (shrunk from %d)", f.ShrunkFrom)
	}
	b.WriteString(":\n")
	for _, m := range f.made {
		m.write(b)
	}
}

// crash says who crashes, and when.
func (f *Failure) crash(b *strings.Builder) {
	c := f.Plan.Crash
	fmt.Fprintf(b, "It fails if %s crashes before step %d of the default schedule, and is started again", c.Driver, c.Step)
	if c.Step < len(f.Plan.Steps) {
		fmt.Fprintf(b, ":\n  step %-4d %s", c.Step, f.Plan.Steps[c.Step])
	}
	b.WriteString("\n")
}

// maxOthers is how many steps are shown before which somebody waited.
const maxOthers = 5

// write says who went before whom.
func (m said) write(b *strings.Builder) {
	fmt.Fprintf(b, "  %s (step %d)\n", m.Who, m.Step)
	if m.Waits == 0 {
		fmt.Fprintf(b, "    comes early, before\n      %s\n", strings.Join(m.Others, ", "))
		return
	}
	shown := m.Others[max(0, len(m.Others)-maxOthers):]
	fmt.Fprint(b, "    comes late, after")
	if hidden := len(m.Others) - len(shown) + m.Bus; hidden > 0 {
		fmt.Fprintf(b, " %s and", brief.Plural(hidden, "other step"))
	}
	b.WriteString("\n")
	for _, other := range shown {
		fmt.Fprintf(b, "      %s\n", other)
	}
}

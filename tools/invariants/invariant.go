package invariants

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/recording"
)

// Invariant is what must be true of every run of a scenario.
type Invariant struct {
	// Name says what must be true, in a few words: "every order is stored once". It is unique
	// in its scenario.
	Name string
	// Check looks at a finished run. It must not change it, and may be called from several
	// goroutines, for different runs.
	Check func(run *recording.Run) Result

	// sometimes: it need not hold in each run, but in at least one of many.
	sometimes bool
	// over is Check over the index of a run, which invariants of the bus share.
	over func(*history) Result
}

// Verdict is what a check found.
type Verdict string

const (
	// Held: it was true of all that happened.
	Held Verdict = "held"
	// Broken: it was not true.
	Broken Verdict = "broken"
	// Undecided: the recording does not show whether it was true.
	Undecided Verdict = "undecided"
	// Unseen: what is to happen sometimes did not happen in this run. See Sometimes.
	Unseen Verdict = "unseen"
)

// Result is what a check found in one run.
type Result struct {
	Verdict Verdict
	// Reason says in a sentence why it is broken or undecided.
	Reason string
	// Entries are the ones that show how it is broken, a few, in order of time.
	Entries []recording.Entry
}

// Outcome is the result of one invariant of a run.
type Outcome struct {
	Name string
	Result
	// Err says where the check panicked; then it is Undecided. It is a mistake in the check.
	Err error
}

// Check checks invariants over a run, in their order.
func Check(all []Invariant, run *recording.Run) []Outcome {
	out := make([]Outcome, len(all))
	var shared *history
	for i, v := range all {
		if v.over != nil && shared == nil {
			shared = newHistory(run)
		}
		out[i] = v.checked(run, shared)
	}
	return out
}

func (v Invariant) checked(run *recording.Run, shared *history) (out Outcome) {
	defer func() {
		if p := recover(); p != nil {
			out.Err = fmt.Errorf("the check of the invariant %q panicked: %v\n%s", v.Name, p, debug.Stack())
			out.Result = undecided("its check panicked")
		}
	}()
	out.Name = v.Name
	if v.over != nil {
		out.Result = v.over(shared)
	} else {
		out.Result = v.Check(run)
	}
	return out
}

// ofBus is an invariant over the index of a run.
func ofBus(name string, check func(*history) Result) Invariant {
	return Invariant{Name: name, over: check, Check: func(run *recording.Run) Result { return check(newHistory(run)) }}
}

// Bus are the invariants of the bus itself.
func Bus() []Invariant {
	return []Invariant{OrderPerSender(), ExactlyOnce(), AnswersToTheirRequests(), NothingAfterUnsubscribe()}
}

// Vet returns an error if the invariants of a scenario cannot be checked as they are.
func Vet(all []Invariant) error {
	for i, v := range all {
		switch {
		case v.Name == "":
			return fmt.Errorf("invariant %d has no name; say in a few words what must be true", i+1)
		case v.Check == nil:
			return fmt.Errorf("invariant %q has no Check", v.Name)
		case slices.ContainsFunc(all[:i], func(other Invariant) bool { return other.Name == v.Name }):
			return fmt.Errorf("two invariants are named %q; rename one", v.Name)
		}
	}
	return nil
}

// Func makes an invariant of a function. An error breaks it; make it with BrokenBy to show
// events. If the recording is not complete the function is not called, and the invariant is
// undecided, as it is if the error wraps ErrUndecided.
func Func(name string, holds func(run *recording.Run) error) Invariant {
	return Invariant{Name: name, Check: func(run *recording.Run) Result {
		if why := Incomplete(run); why != "" {
			return undecided("%s", why)
		}
		return resultOf(holds(run))
	}}
}

func resultOf(err error) Result {
	if err == nil {
		return Result{Verdict: Held}
	}
	if errors.Is(err, ErrUndecided) {
		return undecided("%s", err)
	}
	r := Result{Verdict: Broken, Reason: err.Error()}
	if by := (*brokenError)(nil); errors.As(err, &by) {
		r.Entries = by.entries
	}
	return r
}

// ErrUndecided is for functions of Func that cannot tell.
var ErrUndecided = errors.New("undecided")

// BrokenBy returns an error for Func that shows the entries by which the invariant is broken.
func BrokenBy(entries []recording.Entry, format string, args ...any) error {
	return &brokenError{fmt.Sprintf(format, args...), entries}
}

type brokenError struct {
	reason  string
	entries []recording.Entry
}

func (e *brokenError) Error() string { return e.reason }

// Sometimes is what need not be true of each run, but of at least one of many: that a queue was
// full, or that a request was repeated. One run never fails because of it. If it is Unseen in
// all runs, they did not reach what they were to test; see Tally.
func Sometimes(name string, condition func(run *recording.Run) bool) Invariant {
	return Invariant{Name: name, sometimes: true, Check: func(run *recording.Run) Result {
		if condition(run) {
			return Result{Verdict: Held}
		}
		return Result{Verdict: Unseen}
	}}
}

func undecided(format string, args ...any) Result {
	return Result{Verdict: Undecided, Reason: fmt.Sprintf(format, args...)}
}

func broken(entries []recording.Entry, format string, args ...any) Result {
	return Result{Verdict: Broken, Reason: fmt.Sprintf(format, args...), Entries: entries}
}

// Incomplete says what is missing in a recording, "" for nothing.
func Incomplete(run *recording.Run) string {
	var missing []string
	for i, d := range run.Drivers {
		switch {
		case d.Unrecorded != "" && d.Endpoint != "":
			missing = append(missing, fmt.Sprintf("nothing that %s did was recorded (%s)", d.Name, d.Unrecorded))
		case i < len(run.Outcome.Lost) && run.Outcome.Lost[i] > 0:
			missing = append(missing, fmt.Sprintf("%d entries of %s were not kept (Runner.Records)", run.Outcome.Lost[i], d.Name))
		}
	}
	return brief.Each(len(missing), "; ", func(i int) string { return strings.TrimSuffix(missing[i], ".") })
}

package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/invariants"
	"github.com/lahja/go-lahja/tools/recording"
)

// Verdict is what a run came to.
type Verdict string

const (
	// Passed: every driver finished every action, and nothing was left behind.
	Passed Verdict = "passed"
	// Failed: anything else.
	Failed Verdict = "failed"
	// Unsupported: the engine lacks a capability that the scenario needs.
	Unsupported Verdict = "unsupported"
	// Known: the scenario failed, as a KnownFailure says.
	Known Verdict = "known-failure"
)

// Report is what one run of one scenario came to.
type Report struct {
	Scenario string
	Rule     string
	Engine   string
	// Options are the engine's, in one line (engine.Optioned), or "" if its name says everything.
	Options string
	Verdict Verdict
	Elapsed time.Duration
	// Virtual is how long the run took in the engine's own time, where it has one.
	Virtual time.Duration
	// Interrupted tells that the run's context ended before it came to anything: it
	// failed, but that says nothing of the scenario or the engine.
	Interrupted bool
	// Location is the file and line of the scenario.
	Location string
	// Reason is empty where the scenario passed, and else one line.
	Reason string
	// Missing is what the scenario needs and the engine lacks, where the verdict is
	// Unsupported.
	Missing []engine.Need
	// Excuse is the reason of the KnownFailure as which the verdict is Known, and
	// empty with any other.
	Excuse string
	// Failures holds the first cause first. See the package's comment.
	Failures []*engine.Failure
	// Standing is where all drivers stood when the first failure was recorded.
	Standing []Standing
	// Explanation says in words why a driver waited in vain; "" for any other failure, and
	// where the plan and the times of the steps do not show it.
	Explanation string
	// Hints says what in the plan of a failed scenario looks like a slip.
	Hints []string
	// Log is what drivers logged, a line each, in the order recorded. Of much it holds
	// the beginning and the end, as Outputs do.
	Log []string
	// Outputs are those of the drivers that printed or logged something, in the order of
	// the drivers.
	Outputs []Output
	// Traces is what each driver saw, in the order of the drivers; nil unless
	// Runner.Trace was set.
	Traces []Trace

	// Races is what a run that passed had by luck, if Runner.Races is set. It changes no
	// verdict. Unlooked says why the recording cannot tell.
	Races    []drivers.Race
	Unlooked string

	// Invariants are the outcomes of the scenario's invariants, in their order. There is none if
	// the run was interrupted, or no driver ran.
	Invariants []invariants.Outcome

	// Recording is what happened, if the scenario did not pass, Runner.Races is set, or the Store
	// keeps all runs.
	Recording *recording.Run
	// Events are the last events before the failure, as a sequence diagram of at most 100
	// columns and 30 lines. It is there where the Recording is kept.
	Events string
	// Kept is the directory in which the Store keeps the recording; "" if it does not.
	Kept string
	// NotKept says why it, or its page, could not be kept, or an old one not be removed.
	NotKept string

	results map[string]map[string]json.RawMessage
	left    []string
	courses []drivers.Course
	// failedAt is when drivers recorded their failures, since the run began.
	failedAt map[*engine.Failure]time.Duration
	// began is by the system's clock.
	began time.Time
	// runID is that of the assignments.
	runID string
}

// Result decodes the value that a driver reported under a name into v, a pointer.
func (r *Report) Result(driver, name string, v any) error {
	data, ok := r.results[driver][name]
	if !ok {
		return fmt.Errorf("runner: driver %s of %s reported no result %q", driver, r.Scenario, name)
	}
	return json.Unmarshal(data, v)
}

// Err is nil where the scenario passed, and else an error whose text is the whole
// report. An unsupported scenario and a known failure are errors too: they did not
// pass.
func (r *Report) Err() error {
	if r.Verdict == Passed {
		return nil
	}
	return &ReportError{Report: r}
}

// ReportError is a report as an error.
type ReportError struct{ Report *Report }

func (e *ReportError) Error() string { return e.Report.String() }

// Unwrap returns the failures.
func (e *ReportError) Unwrap() []error {
	all := make([]error, len(e.Report.Failures))
	for i, f := range e.Report.Failures {
		all[i] = f
	}
	return all
}

func (r *Report) harness(err error) {
	source := ""
	if at := (interface{ Source() string })(nil); errors.As(err, &at) {
		source = at.Source() // A mistake in the plan has a line.
	}
	f := &engine.Failure{Kind: engine.FailedHarness, Message: err.Error(), Source: source, Err: err}
	r.Failures = append(r.Failures, f.Readable())
}

func (r *Report) leaked(what string) { r.left = append(r.left, what) }

func (r *Report) leaks(all []string) { r.left = append(r.left, all...) }

// take takes in what the coordinator gathered, the first cause first.
func (r *Report) take(c *coordinator) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r.Interrupted = c.interrupted
	slices.SortStableFunc(c.failures, func(a, b *engine.Failure) int { return rank(a) - rank(b) })
	r.Failures = append(r.Failures, c.failures...)
	// Copied, as an action that was left behind may go on reporting.
	r.Standing, r.Log, r.Outputs, r.results = c.atFailure, c.log.lines(), c.outputs(), map[string]map[string]json.RawMessage{}
	r.courses, r.failedAt = c.courses(), maps.Clone(c.failedAt)
	for driver, results := range c.results {
		r.results[driver] = maps.Clone(results)
	}
}

// hadBegun reports whether a driver was past its initializer when the first failure
// was recorded.
func (r *Report) hadBegun(driver string) bool {
	return slices.ContainsFunc(r.Standing, func(s Standing) bool { return s.Driver == driver && s.Step.Index > 0 && !s.Ended })
}

// rank puts processes that died before those who noticed, and those who were
// stopped last.
func rank(f *engine.Failure) int {
	switch f.Kind {
	case engine.FailedProcess:
		return 0
	case engine.FailedStopped:
		return 2
	}
	return 1
}

// conclude makes the verdict of what was gathered. What a failed run left behind
// is told, but is not its cause.
func (r *Report) conclude() {
	if len(r.left) > 0 {
		f := &engine.Failure{Kind: engine.FailedLeak, Message: leftBehind(r.left),
			Err: errors.New("left behind")}
		r.Failures = append(r.Failures, f.Readable())
	}
	if len(r.Failures) == 0 {
		return
	}
	r.Verdict = Failed
	r.Reason = oneLine(r.Failures[0].Error())
}

// Cause is what went wrong first, in one line, without who did what: several scenarios
// may have failed with one cause. It is empty where nothing failed.
func (r *Report) Cause() string {
	if len(r.Failures) == 0 {
		return ""
	}
	if r.Failures[0].Kind == engine.FailedInvariant {
		return r.brokenFirst() // Without the numbers of events, which differ.
	}
	return oneLine(r.Failures[0].Message)
}

// maxReason is how many bytes of a failure stand in one line.
const maxReason = 300

func oneLine(s string) string {
	s = strings.Join(strings.Fields(engine.Readable(s)), " ")
	if len(s) > maxReason {
		return strings.ToValidUTF8(s[:maxReason], "") + " …"
	}
	return s
}

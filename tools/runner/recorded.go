package runner

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/timeline"
)

// recorder records one run.
type recorder struct {
	runner  *Runner
	drivers []*drivers.Driver
	rings   []*recording.Ring // by driver; nil for one that is not recorded
	missing []string          // why, by driver

	mu    sync.Mutex
	again []againRing // of processes that were started again

	scenario    drivers.Scenario
	coordinator *coordinator
	run         *recording.Run // nil until it is put together
}

// againRing is that of a driver's later process.
type againRing struct {
	driver int
	*recording.Ring
}

// next makes the ring of a driver's next process; nil if the first one has none.
func (r *recorder) next(driver int) *recording.Ring {
	if r.rings[driver] == nil {
		return nil
	}
	ring, err := recording.NewShared(cmp.Or(r.runner.Records, recording.DefaultRecords))
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.missing[driver] = "after a restart: " + err.Error()
		return nil
	}
	r.again = append(r.again, againRing{driver, ring})
	return ring
}

// all calls do for each ring.
func (r *recorder) all(do func(driver int, ring *recording.Ring)) {
	for i, ring := range r.rings {
		do(i, ring)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, ring := range r.again {
		do(ring.driver, ring.Ring)
	}
}

// record makes a ring for each driver, which a driver that is a process inherits.
func (r *Runner) record(all []*drivers.Driver) *recorder {
	out := &recorder{runner: r, drivers: all, rings: make([]*recording.Ring, len(all)), missing: make([]string, len(all))}
	records := cmp.Or(r.Records, recording.DefaultRecords)
	if records < 0 {
		return out
	}
	children, _ := r.Engine.(engine.ProcessEngine)
	for i := range all {
		if children == nil || !children.IsProcess(i) {
			out.rings[i] = recording.NewRing(records)
			continue
		}
		// Without one, what the driver's endpoint does is not recorded; all else is.
		var err error
		if out.rings[i], err = recording.NewShared(records); err != nil {
			out.missing[i] = err.Error()
		}
	}
	return out
}

// closeFiles closes what children have inherited.
func (r *recorder) closeFiles() {
	r.all(func(_ int, ring *recording.Ring) {
		_ = ring.CloseFile() // It is memory: nothing is written at its close.
	})
}

// finish takes the recording into the report of a run that did not pass, or is kept, and gives
// back what the rings hold.
func (r *recorder) finish(report *Report) {
	if r == nil {
		return // No driver ran.
	}
	store := r.runner.Store
	looks := r.runner.Races && report.Verdict == Passed
	keeps := store != nil && (store.All || report.Verdict != Passed)
	if report.Verdict == Failed || report.Verdict == Known || looks || keeps {
		report.Recording = r.recorded(report)
		if len(report.Failures) > 0 {
			report.Explanation = drivers.Explain(r.drivers, report.Failures[0], report.stoppedAt(), report.courses, report.Recording)
		}
		if looks {
			report.look(r.drivers)
		}
		if r.runner.ownTime() {
			report.Recording.Began = report.began // Kept runs are sorted by it. Until here, all times were the engine's.
		}
		report.outcome(report.Recording)
		if keeps {
			report.keep(store)
		}
	}
	r.all(func(_ int, ring *recording.Ring) {
		if report.Verdict == Passed {
			ring.Reuse() // Nothing was left behind that could write to it.
		}
		_ = ring.Close() // It fails only for memory that is not mapped.
	})
}

// stoppedAt is when the first failure was recorded, or else the end of the run.
func (r *Report) stoppedAt() time.Time {
	at, told := r.failedAt[r.Failures[0]]
	if !told {
		at = r.Elapsed
	}
	return r.Recording.Began.Add(at)
}

// look finds what a run that passed had by luck.
func (r *Report) look(all []*drivers.Driver) {
	races, err := drivers.Races(all, r.Recording)
	if r.Races = races; err != nil {
		r.Unlooked = err.Error()
	}
}

// PageFile is the page of a kept run, in its directory.
const PageFile = "run.html"

// keep keeps the recording of a run, with its page.
func (r *Report) keep(store *recording.Store) {
	if len(r.Recording.Drivers) > 1 {
		r.Events = timeline.Text(r.Recording, timeline.Options{})
	}
	r.Recording.Outcome.Report = r.String()
	files := map[string][]byte{}
	page, noPage := timeline.Page(r.Recording)
	if noPage == nil {
		files[PageFile] = page
	}
	path, err := store.Keep(r.Recording, files)
	r.Kept = path
	if err := errors.Join(err, noPage); err != nil {
		r.NotKept = err.Error()
	}
}

// recorded puts together what is known of the run.
func (r *recorder) recorded(report *Report) *recording.Run {
	if r.run == nil {
		r.run = r.assemble(report)
	}
	return r.run
}

func (r *recorder) assemble(report *Report) *recording.Run {
	s, c := r.scenario, r.coordinator
	run := &recording.Run{Header: recording.Header{Schema: recording.Schema, Scenario: s.Name, Rule: s.Rule, Location: report.Location,
		Engine: report.Engine, Began: c.since, Seed: r.runner.Seed, Params: r.runner.Params}}
	children, _ := r.runner.Engine.(engine.ProcessEngine)
	told, lost := c.told()
	run.Entries = told
	for i, d := range r.drivers {
		plan := planned(d, children != nil && children.IsProcess(i))
		if plan.Unrecorded = r.missing[i]; r.rings[i] == nil {
			plan.Unrecorded = cmp.Or(plan.Unrecorded, "recording is off")
		}
		run.Drivers = append(run.Drivers, plan)
	}
	r.all(func(i int, from *recording.Ring) {
		ring, plan := from.Read(), &run.Drivers[i]
		plan.Unrecorded = cmp.Or(plan.Unrecorded, ring.Missing)
		apart := ring.Began.Sub(c.since)
		lost[i] += ring.Lost
		for _, e := range ring.Entries {
			if e.At += apart; e.Endpoint == plan.Endpoint {
				e.Endpoint = ""
			}
			e.Driver = i
			run.Entries = append(run.Entries, e)
		}
	})
	// What happened at one moment stays in the order in which drivers told it.
	slices.SortStableFunc(run.Entries, func(a, b recording.Entry) int { return cmp.Compare(a.At, b.At) })
	if slices.ContainsFunc(lost, func(n uint64) bool { return n > 0 }) {
		run.Outcome.Lost = lost
	}
	return run
}

// told are the entries of what drivers have told the coordinator, in the order in which they
// did, and how many each has told that were not kept.
func (c *coordinator) told() (entries []recording.Entry, lost []uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	type told struct {
		*noted
		driver int
	}
	var all []told
	for i, kept := range c.journal.kept {
		lost = append(lost, kept.lost)
		for k := range kept.records {
			all = append(all, told{&kept.records[k], i})
		}
	}
	slices.SortFunc(all, func(a, b told) int { return cmp.Compare(a.number, b.number) })
	entries = make([]recording.Entry, 0, 4*len(all)) // with room for those of the rings
	for _, t := range all {
		if e, ok := entryOf(&t.Record, c.since); ok {
			e.Driver = t.driver
			entries = append(entries, e)
		}
	}
	return entries, lost
}

// outcome adds how a run ended.
func (r *Report) outcome(run *recording.Run) {
	run.Outcome.Invariants = r.Checked()
	run.Outcome.Verdict, run.Outcome.Elapsed, run.Outcome.Explanation = string(r.Verdict), r.Elapsed, r.Explanation
	for _, f := range r.Failures {
		driver := slices.IndexFunc(run.Drivers, func(d recording.Driver) bool { return d.Name == f.Driver })
		at, told := r.failedAt[f]
		if !told {
			at = r.Elapsed // What was left behind is found at the end.
		}
		run.Outcome.Failures = append(run.Outcome.Failures,
			recording.Failure{Driver: driver, Step: f.Action, Kind: string(f.Kind), Text: f.Error(), At: at})
	}
}

// planned is a driver as its scenario declares it.
func planned(d *drivers.Driver, process bool) recording.Driver {
	out := recording.Driver{Name: d.Name(), Endpoint: d.Endpoint(), Process: process}
	out.Steps = append(out.Steps, recording.Step{Text: engine.Readable(d.Initializer().String())})
	for _, a := range d.Actions() {
		out.Steps = append(out.Steps, recording.Step{Text: engine.Readable(a.String()), Source: engine.Readable(sourceText(a))})
	}
	return out
}

func sourceText(a drivers.Action) string {
	if at, ok := a.(interface{ Location() (string, int) }); ok {
		return locate(at)
	}
	return ""
}

// entryKinds are the records of the coordinator's journal that are entries of a recording.
var entryKinds = map[engine.RecordKind]recording.Kind{
	engine.RecordStep: recording.StepBegan, engine.RecordArrived: recording.Arrived, engine.RecordReleased: recording.Released,
	engine.RecordReached: recording.Signalled, engine.RecordStarted: recording.Started, engine.RecordExited: recording.Exited,
	engine.RecordOutput: recording.Output, engine.RecordLog: recording.Logged, engine.RecordFailure: recording.Failed,
	engine.RecordEnded: recording.Ended, engine.RecordRestarted: recording.Restarted, engine.RecordCalled: recording.Called, engine.RecordReturned: recording.Returned,
}

func entryOf(r *engine.Record, began time.Time) (e recording.Entry, ok bool) {
	e.Kind, ok = entryKinds[r.Kind]
	if !ok {
		return e, false
	}
	e.At, e.PID, e.Text, e.Serial, e.Value = r.Time.Sub(began), r.PID, r.Name, r.Serial, string(r.Value)
	if r.At != nil {
		e.Text = r.At.String()
	}
	switch {
	case r.Kind == engine.RecordReleased:
		e.Error = r.Name
	case r.Step != nil:
		e.Step, e.Serial = r.Step.Index, r.Step.Serial
		e.Text, e.Source = engine.Readable(r.Step.Action.String()), engine.Readable(r.Step.Source.String())
	case r.Failure != nil:
		e.Error = r.Failure.Error()
	}
	return e, true
}

package runner

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/invariants"
	"github.com/lahja/go-lahja/tools/recording"
)

// check checks the scenario's invariants. Each broken one is a failure, after those of drivers.
func (r *recorder) check(report *Report) {
	if r == nil || len(r.scenario.Invariants) == 0 || report.Interrupted {
		return
	}
	all := r.scenario.Invariants
	run := r.recorded(report)
	report.Invariants = invariants.Check(all, run)
	for _, o := range report.Invariants {
		if o.Err != nil {
			report.harness(o.Err)
		}
		if o.Verdict == invariants.Broken {
			report.broken(o, run)
		}
	}
}

// Checked are the Invariants without the entries that show how they are broken.
func (r *Report) Checked() (all []recording.Checked) {
	for _, o := range r.Invariants {
		all = append(all, recording.Checked{Name: o.Name, Verdict: string(o.Verdict), Reason: o.Reason})
	}
	return all
}

// brokenFirst says which invariant is broken, the first one of several.
func (r *Report) brokenFirst() string {
	i := slices.IndexFunc(r.Invariants, func(o invariants.Outcome) bool { return o.Verdict == invariants.Broken })
	if i < 0 {
		return ""
	}
	return "broken: " + r.Invariants[i].Name
}

// broken makes a failure of a broken invariant, and marks in the recording what broke it.
func (r *Report) broken(o invariants.Outcome, run *recording.Run) {
	f := (&engine.Failure{Kind: engine.FailedInvariant, Message: brief.Wrap(o.Name+": "+o.Reason, 84), Detail: o.Text(run), Err: errors.New(o.Reason)}).Readable()
	r.Failures = append(r.Failures, f)
	for _, e := range o.Entries[:min(len(o.Entries), invariants.MostShown)] {
		if r.failedAt != nil {
			r.failedAt[f] = max(r.failedAt[f], e.At)
		}
		mark := recording.Entry{At: e.At, Driver: e.Driver, Kind: recording.Broken, Text: o.Name, Endpoint: e.Endpoint, Peer: e.Peer, Event: e.Event, ID: e.ID, Count: e.Count}
		i, _ := slices.BinarySearchFunc(run.Entries, e.At+1, func(e recording.Entry, at time.Duration) int { return cmp.Compare(e.At, at) })
		run.Entries = slices.Insert(run.Entries, i, mark)
	}
}

package runner_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/runner"
)

func init() { ofChildren = append(ofChildren, recorded, recordedCrash) }

// recorded does something of everything that a recording shows.
var recorded = d.Case("recorded/shop", "a recording has all that happens",
	d.New(d.ServeEndpoint("server"),
		d.Subscribe(func(ctx context.Context, _ *d.Scope, q lahja.Event[Question]) error { return q.Respond(ctx, Answer{}) }),
		d.WaitAnyThenBroadcast(Tick{N: 1}),
		d.Do("log", func(_ context.Context, s *d.Scope) error { s.Logf("broadcast"); return nil }), d.Checkpoint("done")),
	d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitAnyThenRequest(Question{}),
		d.WaitFor[Tick](), d.Signal("got it"), d.Checkpoint("done")),
	d.New(d.NoEndpoint("third"), d.Await("got it"), d.Checkpoint("done")))

// recordedCrash ends with the death of a process that had just sent something.
var recordedCrash = func() d.Scenario {
	s := d.Case("recorded/crash", "a killed process leaves its recording",
		d.New(d.RunEndpoint("victim"), d.ConnectToEndpoints("other"), d.WaitAnyThenBroadcast(Tick{N: 1}), d.Await("got it"), d.Crash()),
		d.New(d.ServeEndpoint("other"), d.WaitFor[Tick](), d.Signal("got it"), d.WaitUntilDisconnectedFrom("victim")))
	s.Needs = []engine.Need{engine.ProcessIsolation}
	return s
}()

func entries(run *recording.Run, driver int, kind recording.Kind) (found []recording.Entry) {
	for _, e := range run.Entries {
		if e.Driver == driver && e.Kind == kind {
			found = append(found, e)
		}
	}
	return found
}

func TestRecordingHasAllThatHappens(t *testing.T) {
	for _, e := range []engine.Engine{engine.OnGoroutines(transports.Memory()), subprocess.On(transports.Unix())} {
		t.Run(e.Name(), func(t *testing.T) {
			r := runner.Runner{Engine: e, Store: &recording.Store{Dir: t.TempDir(), All: true}}
			report := r.Run(t.Context(), recorded)
			if report.Verdict != runner.Passed || report.Recording == nil || report.NotKept != "" {
				t.Fatalf("got %s, %q", report, report.NotKept)
			}
			run, err := recording.Load(report.Kept)
			if err != nil || len(run.Entries) != len(report.Recording.Entries) {
				t.Fatalf("kept %v, %v", run, err)
			}
			for driver, kinds := range [][]recording.Kind{
				{recording.StepBegan, recording.StepEnded, recording.Signalled, recording.Subscribed, recording.Connected, recording.Announced,
					recording.Received, recording.Handled, recording.Sent, recording.Logged, recording.Arrived, recording.Released, recording.Disconnected, recording.Ended},
				{recording.Requested, recording.Answered, recording.Taken, recording.Unsubscribed, recording.Signalled},
				{recording.StepBegan, recording.StepEnded, recording.Ended},
			} {
				for _, kind := range kinds {
					if len(entries(run, driver, kind)) == 0 {
						t.Errorf("driver %d has no entry %q", driver, kind)
					}
				}
			}
			processes := len(entries(run, 0, recording.Started)) + len(entries(run, 0, recording.Exited))
			if isProcess := run.Drivers[0].Process; isProcess != (processes == 2) {
				t.Errorf("driver 0 is a process: %v, and has %d entries of one", isProcess, processes)
			}
			everySentIsReceived(t, run)
			if !slices.IsSortedFunc(run.Entries, func(a, b recording.Entry) int { return int(a.At - b.At) }) {
				t.Error("the entries are not in order of time")
			}
		})
	}
}

// everySentIsReceived compares the events of both ends, and their times.
func everySentIsReceived(t *testing.T, run *recording.Run) {
	t.Helper()
	matched := 0
	for _, sent := range run.Entries {
		if sent.Kind != recording.Sent {
			continue
		}
		to := slices.IndexFunc(run.Drivers, func(d recording.Driver) bool { return d.Endpoint == sent.Peer })
		k := slices.IndexFunc(run.Entries, func(e recording.Entry) bool { return e.Driver == to && e.Kind == recording.Received && e.ID == sent.ID })
		if k < 0 || run.Entries[k].At < sent.At {
			t.Errorf("%+v was received as %d", sent, k)
			continue
		}
		matched++
	}
	if matched < 3 {
		t.Errorf("%d events were sent, want at least a request, an answer and a broadcast", matched)
	}
}

func TestKilledProcessLeavesItsRecording(t *testing.T) {
	r := runner.Runner{Engine: subprocess.On(transports.Unix()), Store: &recording.Store{Dir: t.TempDir(), All: true}}
	report := r.Run(t.Context(), recordedCrash)
	if report.Verdict != runner.Passed {
		t.Fatal(report)
	}
	run := report.Recording
	if len(entries(run, 0, recording.Sent)) != 1 || len(entries(run, 0, recording.Fault)) != 1 {
		t.Errorf("the victim has %d events sent and %d faults, want one of each", len(entries(run, 0, recording.Sent)), len(entries(run, 0, recording.Fault)))
	}
	exits := entries(run, 0, recording.Exited)
	if len(exits) != 1 || !strings.Contains(exits[0].Text, "killed") {
		t.Errorf("its process ended with %+v", exits)
	}
}

func TestRunThatPassesHasNoRecording(t *testing.T) {
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory()), Store: &recording.Store{Dir: t.TempDir()}}
	if report := r.Run(t.Context(), recorded); report.Recording != nil || report.Kept != "" {
		t.Errorf("it has %v in %q", report.Recording, report.Kept)
	}
}

func TestRunThatFailsIsRecorded(t *testing.T) {
	failing := d.Case("recorded/failing", "this must fail",
		d.New(d.NoEndpoint("one"), d.Within(time.Millisecond, d.Await("never"))),
		d.New(d.NoEndpoint("other"), d.Do("block", func(ctx context.Context, _ *d.Scope) error { <-ctx.Done(); return ctx.Err() }), d.Signal("never")))
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory()), Store: &recording.Store{Dir: t.TempDir()}}
	report := r.Run(t.Context(), failing)
	if report.Verdict != runner.Failed || report.Recording == nil || report.Kept == "" {
		t.Fatalf("got %s, kept in %q", report, report.Kept)
	}
	outcome := report.Recording.Outcome
	if len(outcome.Failures) == 0 || outcome.Failures[0].Driver != 0 || outcome.Failures[0].Step != 1 || outcome.Failures[0].At <= 0 || outcome.Verdict != "failed" {
		t.Errorf("its outcome is %+v", outcome)
	}
	without := runner.Runner{Engine: r.Engine, Records: -1}
	if report := without.Run(t.Context(), recorded); report.Verdict != runner.Passed {
		t.Errorf("without rings it came to %s", report)
	}
}

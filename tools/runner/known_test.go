package runner_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

func oneStep(name string, err error, needs ...engine.Need) drivers.Scenario {
	return drivers.Scenario{Name: name, Rule: "known failures are excused", Needs: needs, Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{drivers.New(drivers.NoEndpoint("alone"),
			drivers.Do("step", func(context.Context, *drivers.Scope) error { return err }))}
	}}
}

func TestKnownFailures(t *testing.T) {
	broken := oneStep("known/broken", errors.New("it is broken"))
	memory := engine.OnGoroutines(transports.Memory())
	known := []runner.KnownFailure{{Scenario: "known/*", Engine: "*+memory", Reason: "the reason"}}
	for _, c := range []struct {
		scenario drivers.Scenario
		known    []runner.KnownFailure
		verdict  runner.Verdict
		reason   string
	}{
		{broken, known, runner.Known, "the reason: alone, action 1, Do(\"step\"): it is broken"},
		{broken, nil, runner.Failed, "it is broken"},
		{broken, []runner.KnownFailure{{Scenario: "known/broken", Engine: "*+unix", Reason: "elsewhere"}}, runner.Failed, "it is broken"},
		{oneStep("known/whole", nil), known, runner.Failed, "listed as a known failure (known/* on *+memory: the reason); remove the entry"},
		{oneStep("known/needy", nil, engine.ProcessIsolation), known, runner.Unsupported, "process-isolation"},
		{drivers.Scenario{Name: "known/hollow"}, known, runner.Failed, "has no Drivers function"},
	} {
		report := (&runner.Runner{Engine: memory, Known: c.known}).Run(t.Context(), c.scenario)
		if report.Verdict != c.verdict || !strings.Contains(report.Reason, c.reason) {
			t.Errorf("%s: got %s (%s), want %s with %q", c.scenario.Name, report.Verdict, report.Reason, c.verdict, c.reason)
		}
		if report.Err() == nil && c.verdict != runner.Passed {
			t.Errorf("%s: a scenario that did not pass is no error", c.scenario.Name)
		}
	}
}

func TestKnownFailuresDoNotExcuseWhatWasNotRun(t *testing.T) {
	nowhere := subprocess.Engine{Backends: []engine.Backend{transports.Unix()}, Launcher: subprocess.Hosts{{Name: "nowhere", Command: []string{"false"}}}}
	r := runner.Runner{Engine: nowhere, Known: []runner.KnownFailure{{Scenario: "*", Reason: "everything is known to fail"}}}
	report := r.Run(t.Context(), waitForever)
	if report.Verdict != runner.Failed || !strings.Contains(report.Reason, "the child ended with exit code 1 before it ran its driver") {
		t.Errorf("got %s: %s, want it failed, as nothing was run", report.Verdict, report.Reason)
	}
}

func TestKnownFailuresThatExcuseNothing(t *testing.T) {
	all := []drivers.Scenario{oneStep("known/broken", nil), oneStep("known/needy", nil, engine.ProcessIsolation)}
	engines := []engine.Engine{engine.OnGoroutines(transports.Memory())}
	for _, c := range []struct {
		known runner.KnownFailure
		want  string
	}{
		{runner.KnownFailure{Scenario: "known/broken", Reason: "it is"}, ""},
		{runner.KnownFailure{Scenario: "*broken", Engine: "goroutine+*", Reason: "it is"}, ""},
		{runner.KnownFailure{Scenario: "known/broken"}, "says no reason"},
		{runner.KnownFailure{Scenario: "known/brokem", Reason: "a slip"}, `remove it; no scenario is named "known/brokem" (did you mean known/broken, known/needy`},
		{runner.KnownFailure{Scenario: "known/broken", Engine: "*memroy", Reason: "a slip"}, `remove it; no engine is named "*memroy" (did you mean goroutine+memory`},
		{runner.KnownFailure{Scenario: "known/needy", Reason: "it does not run"}, "matches no scenario"},
	} {
		err := runner.CheckKnown([]runner.KnownFailure{c.known}, all, engines)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.known, err, c.want)
		}
	}
	first := runner.KnownFailure{Scenario: "known/*", Reason: "all of it"}
	second := runner.KnownFailure{Scenario: "known/broken", Reason: "what the first excuses"}
	if err := runner.CheckKnown([]runner.KnownFailure{first, second}, all, engines); err == nil || !strings.Contains(err.Error(), "no entry before it excuses") {
		t.Errorf("got %v for an entry that another one shadows", err)
	}
}

func TestKnownFailuresAreThoseOfTheSuite(t *testing.T) {
	own := &transports.Backend{BackendName: "own", OneProcess: true}
	known := []runner.KnownFailure{{Scenario: "*", Reason: "it is"}}
	of := []drivers.Scenario{oneStep("known/broken", nil)}
	for _, c := range []struct {
		suite            runner.Suite
		scenario, engine string
		want             bool
	}{
		{runner.Suite{Scenarios: of, Engines: []engine.Engine{engine.OnGoroutines(own)}, Known: known}, "known/broken", "goroutine+own", true},
		{runner.Suite{Scenarios: of, Engines: []engine.Engine{engine.OnGoroutines(own)}, Known: known}, "known/broken", "goroutine+memory", false},
		{runner.Suite{Scenarios: of, Engines: []engine.Engine{engine.OnGoroutines(own)}, Known: known}, "another/one", "goroutine+own", false},
		{runner.Suite{Scenarios: of, Known: known}, "known/broken", "goroutine+memory", true},
		{runner.Suite{Scenarios: of, Known: known}, "known/broken", "goroutine+own", false},
	} {
		if got := len(c.suite.KnownOn(c.scenario, c.engine)) > 0; got != c.want {
			t.Errorf("%s on %s: got %v, want %v", c.scenario, c.engine, got, c.want)
		}
	}
}

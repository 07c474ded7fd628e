package runner

import (
	"context"
	"flag"
	"io"
	"os"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/recording"
)

// Test runs every scenario on every engine as a subtest ENGINE/SCENARIO. An
// unsupported one is skipped with the capability that is missing. Without engines
// it runs on Engines(). With -v it prints all that drivers print and log, and what passed by luck
// (Report.Races). Runs that fail are
// kept in recording.DefaultDir, or with -artifacts where go test keeps the test's files.
//
// Shortly before the time of go test is up (-timeout) it stops, says where every driver
// stands and how many did not run, and fails.
func Test(t *testing.T, scenarios []drivers.Scenario, engines ...engine.Engine) {
	t.Helper()
	TestWith(t, Runner{}, scenarios, engines...)
}

// TestWith is Test with settings; the settings' Engine is ignored. Negative Records keep no
// run.
func TestWith(t *testing.T, settings Runner, scenarios []drivers.Scenario, engines ...engine.Engine) {
	t.Helper()
	if len(scenarios) == 0 {
		t.Fatal("runner: no scenarios given, so nothing would be tested")
	}
	if len(engines) == 0 {
		engines = Engines()
	}
	if err := CheckKnown(settings.Known, scenarios, engines); err != nil {
		t.Error(err)
	}
	ctx, cancel := InTime(t)
	defer cancel()
	ran := 0
	for _, e := range engines {
		t.Run(e.Name(), func(t *testing.T) {
			r := settings
			r.Engine = e
			for _, s := range scenarios {
				t.Run(s.Name, func(t *testing.T) { testOne(ctx, t, r, s, &ran) })
			}
		})
	}
	if all := len(engines) * len(scenarios); ctx.Err() != nil && ran < all {
		t.Errorf("runner: %d of %d did not run, as %v; give it more with -timeout", all-ran, all, context.Cause(ctx))
	}
}

// testOne counts the runs that came to something.
func testOne(ctx context.Context, t *testing.T, r Runner, s drivers.Scenario, ran *int) {
	t.Helper()
	if ctx.Err() != nil {
		t.Skipf("not run: %v", context.Cause(ctx))
	}
	if r.Store == nil && r.Records >= 0 {
		r.Store = storeOf(t)
	}
	report := r.In(t).Run(ctx, s)
	if !report.Interrupted {
		*ran++
	}
	Judge(t, report)
}

// storeOf is where the runs of a test are kept.
func storeOf(t *testing.T) *recording.Store {
	if artifacts := flag.Lookup("test.artifacts"); artifacts != nil && artifacts.Value.String() == "true" {
		return &recording.Store{Dir: t.ArtifactDir(), Runs: -1, Bytes: -1}
	}
	return &recording.Store{}
}

// Judge makes a report the outcome of a test: a failure is an error, and what is
// unsupported or a known failure is skipped with its reason. What passed by luck is printed. What it prints stands at
// Report.Place, and is followed by Report.Annotation.
func Judge(t testing.TB, report *Report) {
	t.Helper()
	switch report.Verdict {
	case Unsupported:
		say(t, report, "unsupported: "+report.Reason)
		t.SkipNow()
	case Known:
		say(t, report, "known failure: "+report.String())
		t.SkipNow()
	case Failed:
		say(t, report, report.String())
		t.Fail()
	case Passed:
		if len(report.Races) > 0 {
			say(t, report, report.String())
		}
	}
}

// say prints as t.Log does, but not the line on which it is called.
func say(t testing.TB, report *Report, text string) {
	lines := report.at() + indent(text, "    ") + "\n"
	if annotation := report.Annotation(); annotation != "" {
		lines += annotation + "\n"
	}
	// It fails only where the test has ended, of which t.Fail panics.
	_, _ = io.WriteString(t.Output(), lines)
}

// Main is for TestMain: it runs the tests, and exits. In a process that an engine started, it
// runs that process's driver instead (Dispatch). For a suite with engines of its own, call
// Dispatch.
func Main(m *testing.M, scenarios []drivers.Scenario) {
	Dispatch(Suite{Scenarios: scenarios})
	os.Exit(m.Run())
}

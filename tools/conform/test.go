package conform

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// Test runs every scenario on every engine of the suite, as a subtest
// ENGINE/SCENARIO, Suite.Repeat times. An unsupported one and a known failure are skipped, with their
// reason. It is called once in a test function. Children of subprocess engines are
// this test of this binary, so nothing else need be called; where TestMain calls
// runner.Dispatch for other scenarios, it has to be given the suite's Runner as well.
//
// Scenarios come first that others rest on (scenarios.ByCause), so that the first failure
// is nearest to the cause of all. The test's own lines name it, with its rule: they stand at the
// head of the output, with -v at its end.
//
// Shortly before the time of go test is up (-timeout) it stops, says how many were run
// and failed by then, writes the suite's Reports, and fails.
func Test(t *testing.T, s Suite) {
	t.Helper()
	suite := s.Runner()
	suite.Engines, suite.Test = s.engines("-test.run="+exactly(t.Name())), t
	runner.Dispatch(suite)
	if s.Repeat < 0 {
		t.Fatalf("conform: Suite.Repeat is %d; it is how many times everything is run, and 0 is once", s.Repeat)
	}
	if len(suite.Engines) == 0 {
		t.Fatal("conform: the suite has neither Backends nor Engines, so nothing would be tested")
	}
	if err := runner.CheckKnown(s.Known, suite.Scenarios, suite.Engines); err != nil {
		t.Error(err)
	}
	if err := s.checkFiles(); err != nil {
		t.Fatal(err)
	}
	settings := s.RunSettings()
	settings.Exclusive = settings.Exclusive || !s.Shared && alone(t)
	ctx, cancel := runner.InTime(t)
	defer cancel()
	c := &course{document: reports.New(s.byTopic(), suite.Engines), repeats: max(s.Repeat, 1), order: map[string]int{}}
	for i, scenario := range suite.Scenarios {
		c.order[scenario.Name] = i
	}
	for c.repeat < c.repeats && ctx.Err() == nil {
		c.repeat++
		c.testAll(ctx, t, settings, suite)
	}
	if ctx.Err() != nil {
		c.document.Interrupted = context.Cause(ctx).Error()
		t.Error(c.cutShort(ctx))
	} else if c.first != nil {
		t.Log(c.summary())
	}
	s.report(t, c.document)
}

// alone reports whether no other test runs at the same time: parallel ones wait until
// all others have ended. A test cannot ask whether it is parallel, but Setenv panics
// where it, or one around it, is.
func alone(t *testing.T) (is bool) {
	t.Helper()
	defer func() {
		if recover() != nil {
			t.Log("it runs in parallel, so descriptors are compared only as far as they went through the engine")
		}
	}()
	t.Setenv(updateVariable, os.Getenv(updateVariable)) // It stays what it is.
	return true
}

// exactly is a pattern for -test.run that matches this test alone.
func exactly(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return strings.Join(parts, "/")
}

// report writes what is to be written, and holds the page against the outcome. Of a
// part that was chosen there is no report; of one that was cut short there is.
func (s Suite) report(t *testing.T, document *reports.Document) {
	t.Helper()
	for _, name := range document.Untested() {
		t.Errorf("nothing passed on %s: every scenario is unsupported there, or known to fail, so it was not tested; "+
			"have its backend claim what it can do", name)
	}
	whole := len(document.Outcomes) == len(document.Scenarios)*len(document.Engines)
	if !whole && document.Interrupted == "" {
		if s.Page != "" || len(s.Reports) > 0 {
			t.Logf("no reports, as only %d of %d were run", len(document.Outcomes), len(document.Scenarios)*len(document.Engines))
		}
		return
	}
	for _, name := range s.Reports {
		if err := document.WriteFile(name); err != nil {
			t.Error(err)
		}
	}
	if s.Page == "" || !whole {
		return
	}
	if err := keepTrue(s.Page, document); err != nil {
		t.Error(err)
	}
}

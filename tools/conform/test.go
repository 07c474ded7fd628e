package conform

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// updateVariable has Test write the suite's page.
const updateVariable = "LAHJA_UPDATE"

// Test runs every scenario on every engine of the suite, as a subtest
// ENGINE/SCENARIO. An unsupported one and a known failure are skipped, with their
// reason. It is called once in a test function. Children of subprocess engines are this test of this binary, so nothing
// else need be called; where TestMain calls runner.Dispatch for other scenarios, it
// has to be given the suite's Runner as well.
func Test(t *testing.T, s Suite) {
	t.Helper()
	suite := s.Runner()
	suite.Engines = s.engines("-test.run=" + exactly(t.Name()))
	runner.Dispatch(suite)
	if len(suite.Engines) == 0 {
		t.Fatal("conform: the suite has neither Backends nor Engines, so nothing would be tested")
	}
	if err := runner.CheckKnown(s.Known, suite.Scenarios, suite.Engines); err != nil {
		t.Error(err)
	}
	document := reports.New(suite.Scenarios, suite.Engines)
	for _, e := range suite.Engines {
		r := s.Settings
		r.Engine, r.Known = e, s.Known
		t.Run(e.Name(), func(t *testing.T) { testOn(t, &r, suite.Scenarios, document) })
	}
	s.report(t, document)
}

func testOn(t *testing.T, r *runner.Runner, scenarios []drivers.Scenario, document *reports.Document) {
	for _, scenario := range scenarios {
		t.Run(scenario.Name, func(t *testing.T) {
			report := r.Run(t.Context(), scenario)
			document.Add(report)
			runner.Judge(t, report)
		})
	}
}

// exactly is a pattern for -test.run that matches this test alone.
func exactly(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return strings.Join(parts, "/")
}

// report writes what is to be written, and holds the page against the outcome.
func (s Suite) report(t *testing.T, document *reports.Document) {
	t.Helper()
	if all := len(document.Scenarios) * len(document.Engines); len(document.Outcomes) < all {
		if s.Page != "" || len(s.Reports) > 0 {
			t.Logf("no reports, as only %d of %d were run", len(document.Outcomes), all)
		}
		return
	}
	for _, name := range document.Untested() {
		t.Errorf("nothing passed on %s: every scenario is unsupported there, or known to fail, so it was not tested; "+
			"have its backend claim what it can do", name)
	}
	for _, name := range s.Reports {
		if err := document.WriteFile(name); err != nil {
			t.Error(err)
		}
	}
	if s.Page == "" {
		return
	}
	if err := keepTrue(s.Page, document); err != nil {
		t.Error(err)
	}
}

func keepTrue(page string, document *reports.Document) error {
	if os.Getenv(updateVariable) != "" {
		if filepath.Ext(page) != ".md" {
			return fmt.Errorf("the page %s is to be Markdown: give it the ending .md", page)
		}
		return document.WriteFile(page)
	}
	var want bytes.Buffer
	if err := document.Markdown(&want); err != nil {
		return err
	}
	have, err := os.ReadFile(page)
	if err != nil {
		return fmt.Errorf("read the page (%s=1 writes it): %w", updateVariable, err)
	}
	if line, h, w := firstDifference(string(have), want.String()); line > 0 {
		return fmt.Errorf("%s:%d is not what came out; if it should be, write it with %s=1\nit says:  %s\ncame out: %s",
			page, line, updateVariable, h, w)
	}
	return nil
}

// firstDifference is the number of the first line in which two texts differ, and
// what it is in each; 0 where they are the same.
func firstDifference(a, b string) (line int, inA, inB string) {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(as), len(bs)) {
		inA, inB = at(as, i), at(bs, i)
		if inA != inB {
			return i + 1, inA, inB
		}
	}
	return 0, "", ""
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(no more)"
}

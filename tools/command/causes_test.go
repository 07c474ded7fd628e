package command

import (
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

func TestCauses(t *testing.T) {
	d := &reports.Document{}
	for _, r := range []reports.Run{
		{Scenario: "a", Engine: "x", Verdict: runner.Failed, Cause: "no answer within 17ms at /tmp/lahja-1/s"},
		{Scenario: "a", Engine: "y", Verdict: runner.Failed, Cause: "on its own"},
		{Scenario: "b", Engine: "x", Verdict: runner.Failed, Cause: "no answer within 2ms at /tmp/lahja-345/s"},
		{Scenario: "b", Engine: "y", Verdict: runner.Known, Cause: "on its own"},
		{Scenario: "c", Engine: "x", Verdict: runner.Passed},
		{Scenario: "c", Engine: "y", Verdict: runner.Unsupported},
	} {
		d.Outcomes = append(d.Outcomes, &reports.Outcome{Run: r})
	}
	for i := range d.Outcomes {
		d.Outcomes[i].Report = d.Outcomes[i].Cause // Only what failed has one.
	}
	var b strings.Builder
	causes(&b, d)
	if want := "\n2 failed alike: no answer within 17ms at /tmp/lahja-1/s\n  a on x\n  b on x\n"; b.String() != want {
		t.Errorf("got %q, want %q", &b, want)
	}
	if got := len(byCause(d.Outcomes, true)); got != 4 {
		t.Errorf("got %d failures to show, want 4", got)
	}
}

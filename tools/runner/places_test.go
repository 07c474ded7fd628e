package runner_test

import (
	"testing"

	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/engine/virtual"
	"github.com/lahja/go-lahja/tools/runner"
)

// TestOneMachine pins what engines with one machine make of demands for machines.
func TestOneMachine(t *testing.T) {
	a := func(on ...string) []*d.Driver {
		return []*d.Driver{d.New(d.NoEndpoint("a")).On(on...), d.New(d.NoEndpoint("b"))}
	}
	s := func(all []*d.Driver) d.Scenario { return d.Case("made/places", "they are somewhere", all...) }
	for _, e := range []engine.Engine{engine.OnGoroutines(transports.Memory()), virtual.Engine{}} {
		for want, s := range map[string]d.Scenario{
			"": s(a()).Together(),
			"no place for the drivers: drivers a and b must be on different machines, and there is this machine": s(a()).Apart(),
			"no place for the drivers: driver a must be on a machine with zone=a, and there is this machine":     s(a("zone=a")),
		} {
			t.Run(e.Name()+"/"+want, func(t *testing.T) {
				r := runner.Runner{Engine: e}
				report := r.Run(t.Context(), s)
				verdict := runner.Unsupported
				if want == "" {
					verdict = runner.Passed
				}
				if len(report.Reason) >= len(want) {
					report.Reason = report.Reason[:len(want)]
				}
				if report.Verdict != verdict || report.Reason != want {
					t.Errorf("got %s, %q; want %s, %q", report.Verdict, report.Reason, verdict, want)
				}
			})
		}
	}
}

package differential_test

import (
	"testing"

	builtin "github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/differential"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/natsengine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// TestBuiltInScenariosAreTheSame holds every scenario to its Varies: where that says
// nothing, all drivers see the same on every transport.
func TestBuiltInScenariosAreTheSame(t *testing.T) {
	engines := []engine.Engine{memory(), engine.OnGoroutines(transports.Unix()), engine.OnGoroutines(natsengine.NATS())}
	for _, s := range builtin.All() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel() // Most of the time is spent waiting.
			var reports []*runner.Report
			for _, e := range engines {
				r := runner.Runner{Engine: e, Trace: true}
				if report := r.Run(t.Context(), s); report.Verdict != runner.Unsupported {
					reports = append(reports, report)
				}
			}
			if len(reports) < 2 {
				t.Skip("fewer than two of the engines support it")
			}
			for _, b := range reports[1:] {
				if err := differential.Reports(s, reports[0], b).Err(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

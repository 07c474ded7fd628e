package runner_test

import (
	"testing"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/invariants"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/runner"
)

// BenchmarkInvariants measures a run without invariants, with one that looks at nothing, so that
// the recording alone is put together, and with those of the bus.
func BenchmarkInvariants(b *testing.B) {
	r := &runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
	nothing := func(*recording.Run) error { return nil }
	for _, c := range []struct {
		name string
		all  []invariants.Invariant
	}{{"none", nil}, {"recording", []invariants.Invariant{invariants.Func("nothing", nothing)}}, {"bus", invariants.Bus()}} {
		b.Run(c.name, func(b *testing.B) {
			s := connectBroadcastReceive
			s.Invariants = c.all
			for b.Loop() {
				if report := r.Run(b.Context(), s); report.Verdict != runner.Passed {
					b.Fatal(report)
				}
			}
		})
	}
}

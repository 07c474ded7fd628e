package scenarios_test

import (
	"testing"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/runner"
)

// The command `lahja vet` looks at them on processes too.
func TestNothingPassesByLuck(t *testing.T) {
	e := engine.OnGoroutines(transports.Memory())
	for _, s := range scenarios.All() {
		if len(engine.Missing(e, s.Needs)) > 0 || s.Rests != "" { // These wait for seconds.
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			// On a busy machine a scenario that sends until something gives way sends more than a
			// recording of the usual size holds.
			r := runner.Runner{Engine: e, Races: true, Records: 4 * recording.DefaultRecords}
			report := r.Run(t.Context(), s)
			if report.Verdict != runner.Passed || len(report.Races) > 0 {
				t.Error(report)
			}
			// Two drivers of these have one endpoint's name.
			if report.Unlooked != "" && s.Name != "connect/second-of-one-name-throws" {
				t.Error(report.Unlooked)
			}
		})
	}
}

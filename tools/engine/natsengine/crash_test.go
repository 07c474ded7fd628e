package natsengine_test

import (
	"testing"

	"github.com/lahja/go-lahja/tools/engine/natsengine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/internal/faultcases"
	"github.com/lahja/go-lahja/tools/runner"
)

// TestDriversCrashAsProcesses runs on a server what the other process engines run, too.
func TestDriversCrashAsProcesses(t *testing.T) {
	for _, c := range faultcases.Crashes[:3] {
		report := (&runner.Runner{Engine: subprocess.On(natsengine.NATS())}).Run(t.Context(), c.Scenario)
		if wrong := c.Judge(report.Verdict == runner.Passed, report.String()); wrong != "" {
			t.Error(wrong)
		}
	}
}

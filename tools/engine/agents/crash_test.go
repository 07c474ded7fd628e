package agents_test

import (
	"testing"

	"github.com/lahja/go-lahja/tools/engine/agents"
	"github.com/lahja/go-lahja/tools/internal/faultcases"
	"github.com/lahja/go-lahja/tools/runner"
)

// TestDriversCrashOnAgents runs on agents what the other process engines run, too.
func TestDriversCrashOnAgents(t *testing.T) {
	url := startServer(t).URL()
	startAgents(t, url, 2, nil)
	for _, c := range faultcases.Crashes[:3] {
		report := (&runner.Runner{Engine: onTCP(url, agents.Options{})}).Run(t.Context(), c.Scenario)
		if wrong := c.Judge(report.Verdict == runner.Passed, report.String()); wrong != "" {
			t.Error(wrong)
		}
	}
}

package virtual_test

import (
	"strings"
	"testing"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/engine/virtual"
	"github.com/lahja/go-lahja/tools/internal/faultcases"
	"github.com/lahja/go-lahja/tools/runner"
)

// TestPauses has drivers stand still, at different moments.
func TestPauses(t *testing.T) { inAllOrders(t, faultcases.Pauses) }

// TestPausedScenarios runs the built-in ones, which process engines run with SIGSTOP.
func TestPausedScenarios(t *testing.T) {
	for _, s := range scenarios.All() {
		if !strings.HasPrefix(s.Name, "paused/") {
			continue
		}
		for seed := range uint64(5) {
			if report := run(t, virtual.Engine{Seed: seed, Schedule: schedule(seed)}, s); report.Verdict != runner.Passed {
				t.Errorf("seed %d: %v", seed, report)
			}
		}
	}
}

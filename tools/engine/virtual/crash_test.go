package virtual_test

import (
	"testing"

	"github.com/lahja/go-lahja/tools/engine/virtual"
	"github.com/lahja/go-lahja/tools/internal/faultcases"
	"github.com/lahja/go-lahja/tools/runner"
)

// TestCrashes has drivers crash, at different moments.
func TestCrashes(t *testing.T) { inAllOrders(t, faultcases.Crashes) }

// inAllOrders runs scenarios with everybody going on when they like, and in random orders.
func inAllOrders(t *testing.T, cases []faultcases.Case) {
	for _, c := range cases {
		t.Run(c.Scenario.Name, func(t *testing.T) {
			for seed := range uint64(20) {
				e := virtual.Engine{}
				if seed > 0 {
					e = virtual.Engine{Seed: seed, Schedule: schedule(seed)}
				}
				report := run(t, e, c.Scenario)
				if wrong := c.Judge(report.Verdict == runner.Passed, report.String()); wrong != "" {
					t.Fatalf("seed %d: %s", seed, wrong)
				}
			}
		})
	}
}

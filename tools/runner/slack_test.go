package runner_test

import (
	"context"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// takesTime has an action that takes so long.
func takesTime(d time.Duration, slack int) drivers.Scenario {
	return drivers.Scenario{Name: "takes-time", Rule: "slack multiplies the time limits", Slack: slack, Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{drivers.New(drivers.NoEndpoint("alone"), drivers.Do("take time", func(ctx context.Context, s *drivers.Scope) error {
			return s.Engine().Sleep(ctx, d)
		}))}
	}}
}

func TestSlackMultipliesTheTimeLimits(t *testing.T) {
	const limit, takes = 200 * time.Millisecond, 500 * time.Millisecond
	for _, r := range []runner.Runner{{ActionTimeout: limit}, {Timeout: limit}} {
		r.Engine = engine.OnGoroutines(transports.Memory())
		for slack, want := range map[int]runner.Verdict{0: runner.Failed, 1: runner.Failed, 20: runner.Passed} {
			if report := r.Run(t.Context(), takesTime(takes, slack)); report.Verdict != want {
				t.Errorf("%d times %v: got %s, want %s", slack, limit, report, want)
			}
		}
	}
}

package runner_test

import (
	"context"
	"errors"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// untilStopped waits for its end, before which it calls first, and after which last.
func untilStopped(first, last func()) *drivers.Driver {
	return drivers.New(drivers.NoEndpoint("waits"), drivers.Do("wait", func(ctx context.Context, _ *drivers.Scope) error {
		first()
		<-ctx.Done()
		last()
		return ctx.Err()
	}))
}

func TestInterruptedRunsAreToldFromFailedOnes(t *testing.T) {
	nothing := func() {}
	failing := drivers.New(drivers.NoEndpoint("fails"), drivers.Do("fail", func(context.Context, *drivers.Scope) error { return errors.New("it is broken") }))
	for name, c := range map[string]struct {
		drivers func(cancel func()) []*drivers.Driver
		want    bool
	}{
		"cancelled": {func(cancel func()) []*drivers.Driver { return []*drivers.Driver{untilStopped(cancel, nothing)} }, true},
		"failed, then cancelled": {func(cancel func()) []*drivers.Driver {
			return []*drivers.Driver{failing, untilStopped(nothing, cancel)}
		}, false},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := drivers.Scenario{Name: "interrupted", Rule: "who stops a run learns nothing of the scenario",
			Drivers: func(*drivers.Env) []*drivers.Driver { return c.drivers(cancel) }}
		report := (&runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}).Run(ctx, s)
		if report.Verdict != runner.Failed || report.Interrupted != c.want {
			t.Errorf("%s: got %s, interrupted %v, want %v:\n%s", name, report.Verdict, report.Interrupted, c.want, report)
		}
	}
}

package conform

import (
	"context"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// TestWhatWaitsRunsBesideTheRest has a scenario wait, on each engine, for what the others do
// after it.
func TestWhatWaitsRunsBesideTheRest(t *testing.T) {
	worked := make(chan struct{})
	wait := drivers.Do("wait for the others", func(ctx context.Context, _ *drivers.Scope) error {
		select {
		case worked <- struct{}{}:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	work := drivers.Do("work", func(context.Context, *drivers.Scope) error {
		<-worked
		return nil
	})
	scenarios := []drivers.Scenario{
		{Name: "made/to-work", Rule: "it works", Drivers: func(*drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{drivers.New(drivers.NoEndpoint("works"), work)}
		}},
		{Name: "made/to-wait", Rule: "it waits", Rests: "at rest", Drivers: func(*drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{
				drivers.New(drivers.NoEndpoint("waits"), drivers.Checkpoint("at rest"), wait),
				drivers.New(drivers.NoEndpoint("too"), drivers.Checkpoint("at rest")),
			}
		}},
	}
	local := *transports.Memory()
	local.BackendName = "another"
	engines := []engine.Engine{engine.OnGoroutines(transports.Memory()), engine.OnGoroutines(&local)}
	c := &course{document: reports.New(scenarios, engines)}
	c.testAll(t.Context(), t, runner.Runner{}, runner.Suite{Scenarios: scenarios, Engines: engines})
	for _, o := range c.document.Outcomes {
		if o.Verdict != runner.Passed {
			t.Errorf("%s on %s: got %s, want passed", o.Scenario, o.Engine, o.Verdict)
		}
	}
	if got, want := len(c.document.Outcomes), len(scenarios)*len(engines); got != want {
		t.Errorf("got %d outcomes, want %d", got, want)
	}
}

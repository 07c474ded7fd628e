package command

import (
	"bytes"
	"context"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/runner"
)

// TestWhatWaitsRunsBesideTheRest has a scenario wait for what another one does that is run
// after it began, twice.
func TestWhatWaitsRunsBesideTheRest(t *testing.T) {
	worked := make(chan struct{})
	wait := drivers.Do("wait for the other", func(ctx context.Context, _ *drivers.Scope) error {
		select {
		case worked <- struct{}{}:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	waiting := drivers.Scenario{Name: "made/to-wait", Rule: "it waits", Rests: "at rest", Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{
			drivers.New(drivers.NoEndpoint("waits"), drivers.Checkpoint("at rest"), wait),
			drivers.New(drivers.NoEndpoint("too"), drivers.Checkpoint("at rest")),
		}
	}}
	working := scenario("made/to-work", nil, drivers.Do("work", func(context.Context, *drivers.Scope) error {
		<-worked
		return nil
	}))
	s := runner.Suite{Scenarios: []drivers.Scenario{waiting, working}}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"run", "--engine", "goroutine+memory", "--repeat", "2"}, &out, &errs, []runner.Suite{s}); code != exitcode.Passed {
		t.Errorf("got exit code %d, want %d:\n%s%s", code, exitcode.Passed, &out, &errs)
	}
	contains(t, out.String(), "2 passed, 0 failed, 0 unsupported (4 runs)")
}

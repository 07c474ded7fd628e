package runner_test

import (
	"context"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// resting is a scenario that waits for the channel once it rests.
func resting(until <-chan struct{}) drivers.Scenario {
	return drivers.Scenario{Name: "rests", Rule: "it waits", Rests: "at rest", Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{
			drivers.New(drivers.NoEndpoint("first"), drivers.Checkpoint("at rest"), drivers.Checkpoint("done")),
			drivers.New(drivers.NoEndpoint("second"), drivers.Checkpoint("at rest"),
				drivers.Do("wait", func(ctx context.Context, _ *drivers.Scope) error {
					select {
					case <-until:
						return nil
					case <-ctx.Done():
						return context.Cause(ctx)
					}
				}),
				drivers.Checkpoint("done")),
		}
	}}
}

func TestStartReturnsWhenTheScenarioRests(t *testing.T) {
	until := make(chan struct{})
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory()), Exclusive: true}
	running := r.Start(t.Context(), resting(until))
	select {
	case report := <-running:
		t.Fatalf("it has ended before it was to:\n%s", report)
	default:
	}
	ended := make(chan struct{})
	close(ended)
	if report := r.Run(t.Context(), resting(ended)); report.Verdict != runner.Passed {
		t.Errorf("a run beside it:\n%s", report)
	}
	close(until)
	if report := <-running; report.Verdict != runner.Passed {
		t.Error(report)
	}
}

func TestStartReturnsWhenTheRunEndsBeforeItRests(t *testing.T) {
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
	s := resting(nil)
	s.Rests = "nowhere"
	report := <-r.Start(t.Context(), s)
	if report.Verdict != runner.Failed {
		t.Errorf("got %s, want a failure:\n%s", report.Verdict, report)
	}
	if want := `the scenario rests at checkpoint "nowhere", which stands in no driver`; !strings.Contains(report.String(), want) {
		t.Errorf("there is no %q in:\n%s", want, report)
	}
}

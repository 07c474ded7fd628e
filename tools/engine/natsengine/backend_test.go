package natsengine_test

import (
	"os"
	"slices"
	"testing"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/natsengine"
	"github.com/lahja/go-lahja/tools/runner"
)

func engines() []engine.Engine {
	return []engine.Engine{engine.OnGoroutines(natsengine.NATS()), engine.OnProcesses(natsengine.NATS())}
}

func TestMain(m *testing.M) {
	runner.Dispatch(runner.Suite{Scenarios: scenarios.All(), Engines: engines()})
	os.Exit(m.Run())
}

func TestEveryScenarioHoldsOnNATS(t *testing.T) {
	// Exclusive: all descriptors of the process are compared, those of the server too.
	runner.TestWith(t, runner.Runner{Exclusive: true}, scenarios.All(), engines()...)
}

func TestUnsupportedOnNATSIsWhatNeedsSocketsOrSharedNames(t *testing.T) {
	allowed := []engine.Need{engine.RawConnections, engine.Backpressure, engine.SocketFiles, engine.ProcessIsolation, engine.OrderAcrossSenders}
	for _, e := range engines() {
		for _, s := range scenarios.All() {
			for _, missing := range e.Capabilities().Missing(s.Needs) {
				if !slices.Contains(allowed, missing) {
					t.Errorf("%s on %s lacks %s", s.Name, e.Name(), missing)
				}
			}
		}
	}
}

package runner_test

import (
	"os"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

func TestMain(m *testing.M) {
	runner.Dispatch(runner.Suite{Scenarios: all(), Engines: []engine.Engine{forgetful}})
	if os.Getenv(parentEnv) != "" {
		beParent()
		return
	}
	os.Exit(m.Run())
}

// all is every scenario that the tests of this package run.
func all() []drivers.Scenario {
	scenarios := append(benchmarked(), crowd, goes, waitForever, orphans, traced, where, meet, crash)
	scenarios = append(scenarios, placed...)
	scenarios = append(scenarios, ofChildren...)
	scenarios = append(scenarios, topical...)
	scenarios = append(scenarios, faulty()...)
	scenarios = append(scenarios, detached()...)
	for _, c := range explained {
		scenarios = append(scenarios, c.scenario)
	}
	for _, j := range verdicts {
		scenarios = append(scenarios, j.scenario())
	}
	return scenarios
}

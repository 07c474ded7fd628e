package runner_test

import (
	"os"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/runner"
)

func TestMain(m *testing.M) {
	runner.Dispatch(runner.Suite{Scenarios: all()})
	os.Exit(m.Run())
}

// all is every scenario that the tests of this package run.
func all() []drivers.Scenario { return benchmarked() }

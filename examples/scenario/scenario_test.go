package main

import (
	"os"
	"testing"

	"github.com/lahja/go-lahja/tools/runner"
)

// TestMain calls Dispatch because a driver's process is this binary, started again. In it, Dispatch
// runs the driver and exits.
func TestMain(m *testing.M) {
	runner.Dispatch(suite)
	os.Exit(m.Run())
}

func TestScenarios(t *testing.T) { runner.Test(t, suite.Scenarios, engines...) }

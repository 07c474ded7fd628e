package main

import (
	"os"
	"testing"

	"github.com/lahja/go-lahja/tools/runner"
)

func TestMain(m *testing.M) {
	runner.Dispatch(suite)
	os.Exit(m.Run())
}

func TestConformance(t *testing.T) { runner.Test(t, suite.Scenarios, suite.Engines...) }

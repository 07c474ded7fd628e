package main

import (
	"testing"

	"github.com/lahja/go-lahja/tools/runner"
)

func TestMain(m *testing.M)      { runner.Main(m, scenarios) }
func TestScenarios(t *testing.T) { runner.Test(t, scenarios) }

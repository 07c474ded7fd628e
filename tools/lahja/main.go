package main

import (
	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/command"
	"github.com/lahja/go-lahja/tools/runner"
)

func main() { command.Main(runner.Suite{Scenarios: scenarios.All()}) }

package main

import (
	"github.com/lahja/go-lahja/tools/command"
	"github.com/lahja/go-lahja/tools/runner"
)

// suite is everything that this program and its test can run.
var suite = runner.Suite{Scenarios: scenarios}

func main() { command.Main(suite) }

package main

import (
	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/bench"
	"github.com/lahja/go-lahja/tools/command"
	"github.com/lahja/go-lahja/tools/engine/natsengine"
	"github.com/lahja/go-lahja/tools/runner"
	"github.com/lahja/go-lahja/tools/tap"
)

func main() {
	suite := runner.Suite{
		Scenarios: scenarios.All(),
		// Those on NATS are apart, as programs without it need not link its server.
		Engines: append(runner.Engines(), natsengine.Engines()...),
	}
	bench.Dispatch(suite)
	command.Program{
		Suites:   []runner.Suite{suite},
		Commands: []command.Subcommand{bench.NewCommand(), tap.NewCommand()},
	}.Main()
}

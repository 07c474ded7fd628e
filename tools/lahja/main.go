package main

import (
	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/command"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/natsengine"
	"github.com/lahja/go-lahja/tools/runner"
)

func main() {
	command.Main(runner.Suite{
		Scenarios: scenarios.All(),
		// Not among runner.Engines(), as programs without NATS need not link its server.
		Engines: []engine.Engine{engine.OnGoroutines(natsengine.NATS()), engine.OnProcesses(natsengine.NATS())},
	})
}

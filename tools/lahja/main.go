package main

import (
	"slices"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/bench"
	"github.com/lahja/go-lahja/tools/bridge"
	"github.com/lahja/go-lahja/tools/command"
	"github.com/lahja/go-lahja/tools/engine/agents"
	"github.com/lahja/go-lahja/tools/engine/bridged"
	"github.com/lahja/go-lahja/tools/engine/natsengine"
	"github.com/lahja/go-lahja/tools/runner"
	"github.com/lahja/go-lahja/tools/tap"
)

func main() {
	// Those on NATS are apart, as programs without it need not link its server. Those on agents
	// are there if the environment says where.
	engines := slices.Concat(natsengine.Engines(), agents.Engines())
	bench.Dispatch(engines...)
	command.Program{
		Suites:   []runner.Suite{{Scenarios: scenarios.All(), Engines: slices.Concat(runner.Engines(), engines), Further: bridged.Engines()}},
		Commands: []command.Subcommand{bench.NewCommand(), tap.NewCommand(), agents.NewAgentCommand(), agents.NewListCommand(), bridge.NewCommand()},
	}.Main()
}

package agents_test

import (
	"fmt"

	"github.com/lahja/go-lahja/tools/command"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/agents"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// An engine whose drivers run wherever the agents are that this NATS server knows.
func ExampleAt() {
	e := subprocess.Engine{
		Backends: []engine.Backend{transports.TLS()},
		Launcher: agents.At("nats://hub:4222", agents.Options{}),
	}
	fmt.Println(e.Name())
	// Output: agents+tls
}

// A program of your own has `agent` and `agents` among its commands, and the engine on agents if
// the environment says where they are.
func ExampleEngines() {
	program := command.Program{
		Suites:   []runner.Suite{{Engines: append(runner.Engines(), agents.Engines()...)}},
		Commands: []command.Subcommand{agents.NewAgentCommand(), agents.NewListCommand()},
	}
	_ = func() { program.Main() } // func main()
	fmt.Println(program.Commands[0].Name(), program.Commands[1].Name())
	// Output: agent agents
}

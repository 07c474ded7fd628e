package agents_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/command"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/agents"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/internal/faultcases"
	"github.com/lahja/go-lahja/tools/internal/machines"
	"github.com/lahja/go-lahja/tools/runner"
)

// endless runs until something goes wrong.
var endless = d.Case("agents/endless", "a run that waits for ever",
	d.New(d.ServeEndpoint("server"), d.WaitUntilConnectedTo("client"), d.Await("never")),
	d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitUntilDisconnectedFrom("server"), d.Signal("never")))

// trio is endless with a driver for each of three machines.
var trio = d.Case("agents/trio", "a run that waits for ever on three machines",
	d.New(d.ServeEndpoint("server"), d.Await("never")),
	d.New(d.RunEndpoint("one"), d.ConnectToEndpoints("server"), d.Await("never")),
	d.New(d.RunEndpoint("other"), d.ConnectToEndpoints("server"), d.WaitUntilDisconnectedFrom("server"), d.Signal("never"))).Apart()

// meet ends as soon as it has begun, on three machines.
var meet = d.Case("agents/meet", "drivers on three machines meet once",
	d.New(d.NoEndpoint("one"), d.Checkpoint("here")), d.New(d.NoEndpoint("two"), d.Checkpoint("here")),
	d.New(d.NoEndpoint("three"), d.Checkpoint("here"))).Apart()

// talks has three drivers meet again and again, for at least three seconds.
var talks = d.Case("agents/talks", "a run whose drivers wait for each other all the time", talker("one"), talker("two"), talker("three")).Apart()

func talker(name string) *d.Driver {
	return d.New(d.NoEndpoint(name), d.Repeat(300, d.Sequence(d.Checkpoint("meet"), d.Sleep(10*time.Millisecond))))
}

// brief takes long enough for NATS to go and come back.
var brief = d.Case("agents/brief", "a run that takes two seconds",
	d.New(d.ServeEndpoint("server"), d.WaitUntilConnectedTo("client"), d.Sleep(2*time.Second), d.Signal("done")),
	d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.Await("done")))

// onTCP is the engine on the agents that the server knows.
func onTCP(url string, options agents.Options) engine.Engine {
	return subprocess.Engine{Backends: []engine.Backend{transports.TCP()}, Launcher: agents.At(url, options)}
}

// What else this program can be.
const (
	// lahjaEnv makes it the command lahja.
	lahjaEnv = "AGENTS_TEST_LAHJA"
	// serverEnv makes it a NATS server with this file of settings.
	serverEnv = "AGENTS_TEST_SERVER"
)

func TestMain(m *testing.M) {
	machines.Act()
	if settings := os.Getenv(serverEnv); settings != "" {
		os.Exit(serveNATS(settings))
	}
	faults := []d.Scenario{endless, trio, brief, talks, meet, tells, placed, nowhere}
	if os.Getenv(lahjaEnv) != "" {
		command.Program{
			Suites:   []runner.Suite{{Scenarios: slices.Concat(scenarios.All(), faults), Engines: append(runner.Engines(), agents.Engines()...)}},
			Commands: []command.Subcommand{agents.NewAgentCommand(), agents.NewListCommand()},
		}.Main()
	}
	for _, c := range faultcases.Crashes {
		faults = append(faults, c.Scenario)
	}
	runner.Dispatch(runner.Suite{
		Scenarios: slices.Concat(scenarios.All(), faults),
		// Drivers' processes run what the command does, too. With LAHJA_AGENT set, this program is an agent.
		Engines: append(agents.Engines(), onTCP("", agents.Options{}), onMarkedTLS("")),
	})
	os.Exit(m.Run())
}

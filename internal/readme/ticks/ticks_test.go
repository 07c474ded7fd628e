package ticks

import (
	"os"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/runner"
)

type Tick struct{ N int } // An event is any struct.

var scenarios = []drivers.Scenario{{
	Name: "ticks/reach-the-client",
	Rule: "a client receives what the server broadcasts",
	Drivers: func(env *drivers.Env) []*drivers.Driver {
		server := env.Config("server")
		return []*drivers.Driver{
			drivers.New(drivers.ServeEndpoint(server),
				drivers.Throws(drivers.Broadcast(Tick{N: 0}), lahja.ErrNoSubscribers),
				drivers.Checkpoint("tried alone"),
				drivers.WaitAnyThenBroadcast(Tick{N: 1})),
			drivers.New(drivers.RunEndpoint("client"),
				drivers.Checkpoint("tried alone"),
				drivers.ConnectToEndpoints(server),
				drivers.Receive(Tick{N: 1})),
		}
	},
}}

func TestMain(m *testing.M) {
	runner.Dispatch(runner.Suite{Scenarios: scenarios}) // If drivers are processes, they run here.
	os.Exit(m.Run())
}

func TestTicks(t *testing.T) { runner.Test(t, scenarios) } // On every built-in engine.

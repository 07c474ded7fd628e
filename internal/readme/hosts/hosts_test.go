package hosts

import (
	"errors"
	"os"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/netns"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

type Tick struct{ N int }

var scenarios = []drivers.Scenario{{
	Name: "ticks/cross-the-network",
	Rule: "a client on another host receives what the server broadcasts",
	Drivers: func(env *drivers.Env) []*drivers.Driver {
		server := env.Config("server")
		return []*drivers.Driver{
			drivers.New(drivers.ServeEndpoint(server), // on the first host
				drivers.WaitAnyThenBroadcast(Tick{N: 1})),
			drivers.New(drivers.RunEndpoint("client"), // on the second
				drivers.ConnectToEndpoints(server),
				drivers.Receive(Tick{N: 1})),
		}
	},
}}

func TestMain(m *testing.M) {
	runner.Dispatch(runner.Suite{Scenarios: scenarios})
	os.Exit(m.Run())
}

func TestOverTwoHosts(t *testing.T) {
	network, err := netns.Start(t.Context(), "east", "west")
	if errors.Is(err, netns.ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer network.Close()
	for _, backend := range []engine.Backend{transports.TCP(), transports.TLS()} {
		runner.Test(t, scenarios, subprocess.Engine{
			Backends: []engine.Backend{backend},
			Hosts:    network.Hosts(),
		})
	}
}

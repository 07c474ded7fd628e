package hosts

import (
	"errors"
	"testing"

	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/netns"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

type Tick struct{ N int }

var scenarios = []d.Scenario{
	d.Case("ticks/cross-the-network", "a client on another host receives what the server broadcasts",
		d.New(d.ServeEndpoint("server"), // on the first host
			d.WaitAnyThenBroadcast(Tick{N: 1})),
		d.New(d.RunEndpoint("client"), // on the second
			d.ConnectToEndpoints("server"),
			d.Receives(Tick{N: 1}))),
}

func TestMain(m *testing.M) { runner.Main(m, scenarios) }

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
			Launcher: subprocess.Hosts(network.Hosts()),
		})
	}
}

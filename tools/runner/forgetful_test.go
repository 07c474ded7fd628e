package runner_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// forgetful is a transport within one process that does not say so.
var forgetful = subprocess.On(&transports.Backend{
	BackendName: "forgetful",
	New:         func() p2p.Transport { return memory.New() },
})

var meet = drivers.Scenario{
	Name: "meet",
	Rule: "a client finds its server",
	Drivers: func(env *drivers.Env) []*drivers.Driver {
		server := env.Config("server")
		return []*drivers.Driver{
			drivers.New(drivers.ServeEndpoint(server), drivers.Checkpoint("serving"), drivers.WaitUntilConnectedTo("client")),
			drivers.New(drivers.RunEndpoint("client").WithListenWait(10*time.Millisecond), drivers.Checkpoint("serving"),
				drivers.ConnectToEndpoints(server)),
		}
	},
}

func TestTransportOfOneProcessThatDoesNotSayItIsSuspected(t *testing.T) {
	report := (&runner.Runner{Engine: forgetful}).Run(t.Context(), meet)
	want := `hint: driver server was serving "server" then, in a process of its own: does the transport reach other processes?`
	if report.Verdict != runner.Failed || !strings.Contains(report.String(), want) {
		t.Errorf("got %s\nwant a failure with %q", report, want)
	}
}

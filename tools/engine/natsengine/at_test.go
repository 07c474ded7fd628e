package natsengine_test

import (
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/natsengine"
	"github.com/lahja/go-lahja/tools/runner"
)

func TestServerThatIsThereIsNotAskedForMoreThanItTakes(t *testing.T) {
	s, err := natstest.Start(&server.Options{MaxPayload: 1 << 20}) // As servers are configured.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	e := engine.OnGoroutines(natsengine.At(s.URL()))
	unsupported := ""
	for _, scenario := range scenarios.All() {
		if !strings.HasPrefix(scenario.Name, "payload/") && !strings.HasPrefix(scenario.Name, "request/") {
			continue
		}
		switch report := (&runner.Runner{Engine: e}).Run(t.Context(), scenario); report.Verdict {
		case runner.Unsupported:
			unsupported += scenario.Name + ": " + report.Reason + "\n"
		case runner.Failed:
			t.Error(report)
		}
	}
	if want := "payload/every-size: needs max-payload of at least 4 MiB"; !strings.Contains(unsupported, want) {
		t.Errorf("unsupported are\n%swant %q among them", unsupported, want)
	}
}

// meeting is a scenario whose names can be there once on a bus.
var meeting = drivers.Scenario{
	Name: "meeting",
	Rule: "two runs on one server do not meet",
	Drivers: func(env *drivers.Env) []*drivers.Driver {
		server := env.Config("server")
		return []*drivers.Driver{
			drivers.New(drivers.ServeEndpoint(server),
				drivers.WaitAnyThenBroadcast(Tick{N: 1}),
				drivers.ConnectedEndpointsAre("client"),
				drivers.Checkpoint("met")),
			drivers.New(drivers.RunEndpoint("client"),
				drivers.ConnectToEndpoints(server),
				drivers.Receives(Tick{N: 1}),
				drivers.Checkpoint("met")),
		}
	},
}

// guarded is the backend on a server that demands a password, which children know as
// this process does. Its URL is set once the server is there.
var guarded = natsengine.At("", nats.UserInfo("lahja", "correct-horse"))

func TestRunsOnOneServerThatDemandsAPasswordDoNotMeet(t *testing.T) {
	s, err := natstest.Start(&server.Options{Username: "lahja", Password: "correct-horse"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	guarded.URL = s.URL()
	for _, e := range both(guarded) {
		for range 3 {
			t.Run(e.Name(), func(t *testing.T) {
				t.Parallel()
				r := runner.Runner{Engine: e}
				if report := r.Run(t.Context(), meeting); report.Verdict != runner.Passed {
					t.Error(report)
				}
			})
		}
	}
}

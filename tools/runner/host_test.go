package runner_test

import (
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

var crash = drivers.Scenario{
	Name: "crash",
	Rule: "a driver that is killed is missed by nobody but its peers",
	Drivers: func(env *drivers.Env) []*drivers.Driver {
		server := env.Config("server")
		return []*drivers.Driver{
			drivers.New(drivers.ServeEndpoint(server), drivers.Checkpoint("serving"),
				drivers.WaitUntilConnectedTo("client"), drivers.Checkpoint("met"), drivers.WaitUntilDisconnectedFrom("client")),
			drivers.New(drivers.RunEndpoint("client"), drivers.Checkpoint("serving"),
				drivers.ConnectToEndpoints(server), drivers.Checkpoint("met"), drivers.Crash()),
		}
	},
}

// A container runtime does not become the program; it waits for it.
func TestCrashBehindACommandThatWaits(t *testing.T) {
	for end, want := range map[string]runner.Verdict{"exit $?": runner.Passed, "exit 1": runner.Failed, "exit 0": runner.Failed} {
		host := subprocess.Host{Name: "waits", Command: []string{"sh", "-c", `"$@"; ` + end, "sh"}}
		r := runner.Runner{Timeout: 20 * time.Second, Engine: subprocess.Engine{Backends: []engine.Backend{transports.Unix()}, Launcher: subprocess.Hosts{host}}}
		if report := r.Run(t.Context(), crash); report.Verdict != want {
			t.Errorf("%s: got %s\nwant %s", end, report, want)
		}
	}
}

//go:build unix

package sshengine_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lahja/go-lahja/scenarios"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/sshengine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/internal/faultcases"
	"github.com/lahja/go-lahja/tools/runner"
)

// on is the engine on these machines.
func on(machines ...sshengine.Machine) engine.Engine {
	return subprocess.Engine{Backends: []engine.Backend{transports.TCP()}, Launcher: sshengine.At(machines...)}
}

// noteProcess has a file in the machine's home named after the driver's process and its parent, the
// relay.
var noteProcess = d.Do("note the process", func(context.Context, *d.Scope) error {
	return os.WriteFile(filepath.Join(os.Getenv("HOME"), fmt.Sprintf("process-%d-%d", os.Getpid(), os.Getppid())), nil, 0o600)
})

// endless runs until something goes wrong.
var endless = d.Case("ssh/endless", "a run that waits for ever",
	d.New(d.ServeEndpoint("server"), noteProcess, d.WaitUntilConnectedTo("client"), d.Await("never")),
	d.New(d.RunEndpoint("client"), noteProcess, d.ConnectToEndpoints("server"), d.WaitUntilDisconnectedFrom("server"), d.Signal("never")))

// brief ends by itself.
var brief = d.Case("ssh/brief", "a run that is over at once",
	d.New(d.ServeEndpoint("server"), noteProcess, d.WaitUntilConnectedTo("client")),
	d.New(d.RunEndpoint("client"), noteProcess, d.ConnectToEndpoints("server")))

// exits ends a driver's process in the middle, on a machine of zone a.
var exits = d.Case("ssh/exits", "a driver whose process exits",
	d.New(d.ServeEndpoint("server"), d.WaitUntilConnectedTo("client")),
	d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.Do("exit", func(context.Context, *d.Scope) error {
		os.Exit(3)
		return nil
	})).On("zone=a"))

// detaches leaves a process behind that has left its driver's group.
var detaches = d.Case("ssh/detaches", "a driver that leaves a process behind",
	d.New(d.NoEndpoint("tidy"), d.Sleep(0)),
	d.New(d.NoEndpoint("untidy"), d.Do("detach", func(context.Context, *d.Scope) error {
		_, err := exec.Command("setsid", "-f", "sh", "-c", "exec sleep 1234 >/dev/null 2>&1").Output() // Until it writes no more.
		return err
	}))).Needing(engine.FindsDetached)

// With LAHJA_SSH_RELAY set, this program is a relay.
func TestMain(m *testing.M) {
	if os.Getenv(envServer) != "" {
		fmt.Fprintln(os.Stderr, serve())
		os.Exit(1)
	}
	own := []d.Scenario{endless, brief, exits, detaches}
	for _, c := range slices.Concat(faultcases.Crashes, faultcases.Pauses) {
		own = append(own, c.Scenario)
	}
	runner.Dispatch(runner.Suite{
		Scenarios: slices.Concat(scenarios.All(), own),
		Engines:   []engine.Engine{on()},
	})
	os.Exit(m.Run())
}

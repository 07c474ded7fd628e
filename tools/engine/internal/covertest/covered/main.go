// Command covered runs a scenario on machines: those in COVERED_SSH, or else the agents of the NATS
// server that LAHJA_NATS names.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"

	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/agents"
	"github.com/lahja/go-lahja/tools/engine/sshengine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

func main() {
	on := append(agents.Engines(), overSSH())
	runner.Dispatch(runner.Suite{Scenarios: []d.Scenario{counted}, Engines: on})
	report := (&runner.Runner{Engine: on[0]}).Run(context.Background(), counted)
	if report.Verdict != runner.Passed {
		fmt.Fprintln(os.Stderr, report)
		os.Exit(1)
	}
}

// overSSH is the engine on the machines in COVERED_SSH: a line for each, with address, user, password
// and key, and blanks between them.
func overSSH() engine.Engine {
	var machines []sshengine.Machine
	for line := range strings.Lines(os.Getenv("COVERED_SSH")) {
		said := strings.SplitN(line, " ", 4)
		machines = append(machines, sshengine.Machine{SSH: said[0], Login: func() (*ssh.ClientConfig, error) {
			key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(said[3]))
			return &ssh.ClientConfig{User: said[1], Auth: []ssh.AuthMethod{ssh.Password(said[2])}, HostKeyCallback: ssh.FixedHostKey(key)}, err
		}})
	}
	return subprocess.Engine{Backends: []engine.Backend{transports.TCP()}, Launcher: sshengine.At(machines...)}
}

var counted = d.Case("covered/counted", "what drivers do on a machine is counted",
	d.New(d.NoEndpoint("one"), d.Do("do the first half", firstHalf)),
	d.New(d.NoEndpoint("two"), d.Do("do the second half", secondHalf)))

func firstHalf(context.Context, *d.Scope) error {
	fmt.Println("the first half is done")
	return nil
}

func secondHalf(context.Context, *d.Scope) error {
	fmt.Println("the second half is done")
	return nil
}

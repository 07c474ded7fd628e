package runner_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// ofChildren are scenarios about the processes that drivers are.
var ofChildren = []drivers.Scenario{startsPrograms, namesItself, hangs, prints}

// startsPrograms is a driver that starts programs, this one among them.
var startsPrograms = drivers.Scenario{
	Name: "children/start-programs",
	Rule: "a program that a driver starts is an ordinary one",
	Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{drivers.New(drivers.NoEndpoint("starter"),
			drivers.Do("start this program again", func(ctx context.Context, _ *drivers.Scope) error {
				return expectOutput(exec.CommandContext(ctx, os.Args[0], "-test.run=^TestPlain$", "-test.v"), "an ordinary program")
			}),
			drivers.Do("hand it a descriptor", func(ctx context.Context, _ *drivers.Scope) error {
				read, write, err := os.Pipe()
				if err != nil {
					return err
				}
				defer read.Close()
				defer write.Close()
				cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestPlain$", "-test.v")
				cmd.ExtraFiles = []*os.File{write}
				return expectOutput(cmd, "an ordinary program")
			}),
			drivers.Do("look at what it inherits", func(ctx context.Context, _ *drivers.Scope) error {
				script := `env | grep -c -e LAHJA_CHILD -e atexit_sleep_ms; for fd in 3 4; do test -e /proc/$$/fd/$fd && echo descriptor $fd; done; echo done`
				return expectOutput(exec.CommandContext(ctx, "sh", "-c", script), "0\ndone\n")
			}))}
	},
}

// expectOutput runs a command and fails unless its output contains want.
func expectOutput(cmd *exec.Cmd, want string) error {
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), want) {
		return fmt.Errorf("%s: %v, output %q; want it to contain %q", cmd, err, out, want)
	}
	return nil
}

// TestPlain is what startsPrograms runs.
func TestPlain(t *testing.T) {
	if subprocess.IsChild() {
		t.Error("this process takes itself for a child")
	}
	t.Log("an ordinary program")
}

func TestProgramsThatDriversStartAreOrdinary(t *testing.T) {
	for _, e := range runner.Engines() {
		t.Run(e.Name(), func(t *testing.T) {
			runner.Judge(t, (&runner.Runner{Engine: e}).Run(t.Context(), startsPrograms))
		})
	}
}

// namesItself is a driver that looks at its own command line.
var namesItself = drivers.Scenario{
	Name:  "children/are told apart",
	Rule:  "the command line of a driver's process names the driver and the scenario",
	Needs: []engine.Need{engine.ProcessIsolation},
	Drivers: func(*drivers.Env) []*drivers.Driver {
		look := drivers.Do("look at the command line", func(_ context.Context, s *drivers.Scope) error {
			line, err := os.ReadFile("/proc/self/cmdline")
			if err != nil {
				return err
			}
			want := fmt.Sprintf("\x00lahja-driver=%s,scenario=children/are told apart\x00", s.Driver())
			if !strings.HasSuffix(string(line), want) {
				return fmt.Errorf("got the command line %q, want it to end in %q", line, want)
			}
			// The program itself does not see it.
			if last := os.Args[len(os.Args)-1]; strings.Contains(last, "lahja-driver") {
				return fmt.Errorf("os.Args ends in %q", last)
			}
			return nil
		})
		return []*drivers.Driver{drivers.New(drivers.NoEndpoint("left"), look), drivers.New(drivers.NoEndpoint("right"), look)}
	},
}

func TestChildrenAreToldApart(t *testing.T) {
	if _, err := os.Stat("/proc/self/cmdline"); err != nil {
		t.Skip("this system shows no command lines: ", err)
	}
	e := subprocess.Engine{Backends: []engine.Backend{transports.Unix()}, Args: []string{"-test.run=^$"}}
	runner.Judge(t, (&runner.Runner{Engine: e}).Run(t.Context(), namesItself))
}

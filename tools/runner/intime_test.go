package runner_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/internal/race"
	"github.com/lahja/go-lahja/tools/runner"
)

// innerVariable has TestInner run, with what is to be tested about go test.
const innerVariable = "LAHJA_TEST_INNER"

// hangs is a scenario in which one driver waits for ever, and prints before; another
// one ignores that it is to stop.
var hangs = drivers.Scenario{
	Name: "inner/hangs", Rule: "this never ends",
	Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{
			drivers.New(drivers.NoEndpoint("waits"), drivers.Do("log", func(_ context.Context, s *drivers.Scope) error {
				s.Logf("CLUE one\nCLUE two")
				return nil
			}), drivers.Checkpoint("end")),
			drivers.New(drivers.NoEndpoint("ignores"),
				drivers.Within(time.Minute, drivers.Do("block", func(context.Context, *drivers.Scope) error { <-time.After(time.Minute); return nil })), drivers.Checkpoint("end")),
		}
	},
}

// prints is a scenario that passes, and prints.
var prints = drivers.Scenario{
	Name: "inner/prints", Rule: "this passes",
	Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{drivers.New(drivers.NoEndpoint("chatty"), drivers.Do("print", func(_ context.Context, s *drivers.Scope) error {
			s.Logf("CLUE logged")
			if subprocess.IsChild() {
				fmt.Println("CLUE printed")
			}
			return nil
		}))}
	},
}

func TestInner(t *testing.T) {
	engines := []engine.Engine{engine.OnGoroutines(transports.Memory()), subprocess.On(transports.Unix())}
	switch os.Getenv(innerVariable) {
	case "":
		t.Skip("it is run by other tests")
	case "prints":
		runner.Test(t, []drivers.Scenario{prints}, engines...)
	case "hangs on goroutines":
		runner.Test(t, []drivers.Scenario{hangs, prints}, engines[0])
	case "hangs on processes":
		runner.Test(t, []drivers.Scenario{hangs, prints}, engines[1])
	}
}

// runInner runs TestInner in a process of its own.
func runInner(t *testing.T, what string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"-test.run=^TestInner$"}, args...)...)
	cmd.Env = append(os.Environ(), innerVariable+"="+what)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestVerboseTestsPrintWhatDriversPrint(t *testing.T) {
	for _, c := range []struct {
		args []string
		want bool
	}{{[]string{"-test.v"}, true}, {nil, false}} {
		out, err := runInner(t, "prints", c.args...)
		printed := regexp.MustCompile(`(?s)chatty \| CLUE logged\n.*chatty \| CLUE printed\n`).MatchString(out)
		if err != nil || printed != c.want {
			t.Errorf("with %v: got %v and the output %q; want what drivers print to be in it: %v", c.args, err, out, c.want)
		}
	}
}

func TestTestSaysWhoHangsBeforeItsTimeIsUp(t *testing.T) {
	for on, wants := range map[string][]string{
		"goroutines": {`(?s)cancelled from outside: the time that go test gives \(-timeout\) is almost up.*` +
			`waits: action 2 of 2, Checkpoint\("end"\).*ignores: action 1 of 2, Do\("block"\)`, `(?m)^ +output(?: of waits)?:\s+CLUE one\n +CLUE two$`},
		"processes": {`(?s)drivers still stop:.*waits: action 2 of 2, Checkpoint\("end"\).*ignores: action 1 of 2, Do\("block"\)`},
	} {
		t.Run(on, func(t *testing.T) {
			t.Parallel()
			out, err := runInner(t, "hangs on "+on, fmt.Sprint("-test.timeout=", race.Factor*10*time.Second), "-test.v")
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				t.Fatal(err)
			}
			wants = append(wants, `2 of 2 did not run, as the time that go test gives \(-timeout\) is almost up`, `not run: the time`)
			for _, want := range wants {
				if !regexp.MustCompile(want).MatchString(out) {
					t.Errorf("the output does not match %q", want)
				}
			}
			if strings.Contains(out, "panic: test timed out") || t.Failed() {
				t.Errorf("got %s", out)
			}
		})
	}
}

package runner_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// placesEnv has TestPlaced run scenarios that fail.
const placesEnv = "LAHJA_TEST_PLACES"

// line is the number of the line that calls it.
func line() int {
	_, _, line, _ := runtime.Caller(1)
	return line
}

// failingLine is that of the action which fails.
var failingLine int

// placed fail at an action, before the run, and not at all.
var placed = []drivers.Scenario{
	{
		Name: "place/action", Rule: "this must fail",
		Drivers: func(*drivers.Env) []*drivers.Driver { return []*drivers.Driver{failingDriver()} },
	},
	{
		Name: "place/vet", Rule: "this must fail", Drivers: func(*drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{drivers.New(drivers.NoEndpoint("alone"), drivers.Checkpoint("meet"))}
		},
	},
	{Name: "place/method", Rule: "this must fail", Drivers: methodical{}.drivers},
}

func failingDriver() *drivers.Driver {
	fails := func(context.Context, *drivers.Scope) error { return errors.New("broken, 100%") }
	failingLine = line() + 1
	return drivers.New(drivers.NoEndpoint("alone"), drivers.Do("fail", fails))
}

// methodical has a method for a Drivers function: the function is the compiler's.
type methodical struct{}

func (methodical) drivers(*drivers.Env) []*drivers.Driver { return []*drivers.Driver{failingDriver()} }

// TestPlaced is run by TestFailuresAreWhereAPersonLooks alone.
func TestPlaced(t *testing.T) {
	if os.Getenv(placesEnv) == "" {
		t.Skip("fails on purpose, for TestFailuresAreWhereAPersonLooks")
	}
	runner.Test(t, placed, engine.OnGoroutines(transports.Memory()), subprocess.On(transports.Unix()))
}

func TestFailuresAreWhereAPersonLooks(t *testing.T) {
	failingDriver()
	file, err := filepath.Abs("place_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		workspace string
		want      string
	}{
		{"", ""},
		{filepath.Dir(filepath.Dir(file)), "runner/place_test.go"},
		{"/somewhere/else", file},
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestPlaced$")
		cmd.Env = append(os.Environ(), placesEnv+"=1", "GITHUB_WORKSPACE="+c.workspace, "GITHUB_ACTIONS=")
		if c.want != "" {
			cmd.Env = append(cmd.Env, "GITHUB_ACTIONS=true")
		}
		out, err := cmd.CombinedOutput()
		if err == nil {
			t.Errorf("what fails on purpose passed:\n%s", out)
		}
		for _, want := range []string{
			fmt.Sprintf(`(?m)^ +place_test.go:%d: FAILED place/action on goroutine\+memory`, failingLine),
			fmt.Sprintf(`(?m)^ +place_test.go:%d: FAILED place/action on subprocess\+unix`, failingLine),
			fmt.Sprintf(`(?m)^ +place_test.go:%d: FAILED place/method on goroutine\+memory`, failingLine),
			`(?m)^ +place_test.go:(3|4)[0-9]: FAILED place/vet on goroutine\+memory`,
		} {
			if !regexp.MustCompile(want).Match(out) {
				t.Errorf("the output does not match %q", want)
			}
		}
		if strings.Contains(string(out), "testing.go:") {
			t.Error("the output names a line of the library")
		}
		annotation := fmt.Sprintf("::error file=%s,line=%d::place/action on goroutine+memory: alone, action 1, Do(\"fail\"): broken, 100%%25", c.want, failingLine)
		if got := strings.Contains(string(out), "::error"); got != (c.want != "") || got && !strings.Contains(string(out), annotation) {
			t.Errorf("workspace %q: want an annotation %v, %s", c.workspace, c.want != "", annotation)
		}
		if t.Failed() {
			t.Fatalf("%s", out)
		}
	}
}

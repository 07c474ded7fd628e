package foreign_test

import (
	"context"
	"errors"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/conform"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

var (
	own   = &piped{transports.Unix()}
	suite = conform.Suite{Engines: []engine.Engine{own}}
)

// verdicts are scenarios that fail, by their failure.
var verdicts = []struct {
	name, says string
	kind       engine.FailureKind
	do         func(context.Context, *drivers.Scope) error
}{
	{"fails", "no stock", engine.FailedError, func(context.Context, *drivers.Scope) error { return errors.New("no stock") }},
	{"dies", "exit status 3 before its driver had finished", engine.FailedProcess, func(context.Context, *drivers.Scope) error {
		os.Exit(3)
		return nil
	}},
}

func scenario(name string, do func(context.Context, *drivers.Scope) error) drivers.Scenario {
	return drivers.Scenario{Name: name, Rule: "this must fail", Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{
			drivers.New(drivers.NoEndpoint("works"), drivers.Checkpoint("begun"), drivers.Do("act", do)),
			drivers.New(drivers.NoEndpoint("waits"), drivers.Checkpoint("begun"), drivers.AwaitDriver("works")),
		}
	}}
}

func all() (all []drivers.Scenario) {
	for _, v := range verdicts {
		all = append(all, scenario(v.name, v.do))
	}
	return all
}

func TestMain(m *testing.M) {
	runner.Dispatch(runner.Suite{Scenarios: all(), Engines: []engine.Engine{own}}, suite.Runner())
	os.Exit(m.Run())
}

func TestVerdicts(t *testing.T) {
	for i, v := range verdicts {
		t.Run(v.name, func(t *testing.T) {
			report := (&runner.Runner{Engine: own, Exclusive: true}).Run(t.Context(), all()[i])
			text := report.String()
			if report.Verdict != runner.Failed || report.Failures[0].Kind != v.kind || !strings.Contains(text, v.says) {
				t.Errorf("got %s\nwant a failure of kind %s with %q", text, v.kind, v.says)
			}
			if f := report.Failures[0]; f.Driver != "works" || f.Action != 2 {
				t.Errorf("got action %d of driver %q, want action 2 of works:\n%s", f.Action, f.Driver, text)
			}
			t.Log(text)
		})
	}
}

// whole has TestConforms run all that it is asked for (-test.run).
const whole = "FOREIGN_KIT"

// TestConforms runs the topics of the kit in which processes matter.
func TestConforms(t *testing.T) {
	if os.Getenv(whole) != "" {
		conform.Test(t, suite)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestConforms$/^.*$/^(crash|lifecycle|order|paused|versions)$", "-test.v")
	cmd.Env = append(os.Environ(), whole+"=1")
	out, err := cmd.CombinedOutput()
	for _, topic := range []string{"crash", "lifecycle", "order", "paused", "versions"} {
		if err != nil || !strings.Contains(string(out), "--- PASS: TestConforms/piped+unix/"+topic+"/") {
			t.Fatalf("got %v, want scenarios of topic %s to pass:\n%s", err, topic, out)
		}
	}
}

func TestNeedsPublicPackagesAlone(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			if strings.Contains(i.Path.Value, "/internal/") || strings.Contains(i.Path.Value, "engine/subprocess") {
				t.Errorf("%s imports %s, which nobody else could", name, i.Path.Value)
			}
		}
	}
}

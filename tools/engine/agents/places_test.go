package agents_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine/agents"
	"github.com/lahja/go-lahja/tools/runner"
)

// placed is a scenario whose drivers a, b and c look for each other in the run's directory, of
// which each agent has one: a is with b, and without c.
var placed = d.CaseFunc("agents/placed", "drivers are on the machines that their scenario demands", func(env *d.Env) []*d.Driver {
	look := func(name string, on string) *d.Driver {
		var all []d.Action
		at := func(action func(dir string) error) {
			all = append(all, d.Do("in the run's directory", func(context.Context, *d.Scope) error {
				dir, err := env.Dir()
				if err != nil {
					return err
				}
				return action(dir)
			}))
		}
		at(func(dir string) error { return os.WriteFile(filepath.Join(dir, name), nil, 0o600) })
		all = append(all, d.Checkpoint("there"))
		at(func(dir string) error { return company(dir, name) })
		all = append(all, d.Checkpoint("seen"))
		at(func(dir string) error { return os.Remove(filepath.Join(dir, name)) })
		driver := d.New(d.NoEndpoint(name), all...)
		if on != "" {
			driver.On(on)
		}
		return driver
	}
	return []*d.Driver{look("a", ""), look("b", "zone=second"), look("c", "")}
}).Together("a", "b").Apart("a", "c")

var nowhere = d.Case("agents/nowhere", "there is no such machine", d.New(d.NoEndpoint("alone")).On("zone=first", "os=plan9"))

// company checks who else is there.
func company(dir, name string) error {
	with := map[string]string{"a": "a b", "b": "a b", "c": "c"}[name]
	var there []string
	for _, other := range []string{"a", "b", "c"} {
		if _, err := os.Stat(filepath.Join(dir, other)); err == nil {
			there = append(there, other)
		} else if !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if got := strings.Join(there, " "); got != with {
		return fmt.Errorf("here are %s, want %s", got, with)
	}
	return nil
}

func TestDriversAreWhereTheirScenarioDemands(t *testing.T) {
	url := startServer(t).URL()
	names := []string{"first", "second", "third"}
	startAgents(t, url, len(names), func(o *agents.AgentOptions) {
		o.Labels = []string{"zone=" + names[0]}
		names = names[1:]
	})
	r := runner.Runner{Engine: onTCP(url, agents.Options{})}
	for range 4 { // Each run begins with another agent.
		if report := r.Run(t.Context(), placed); report.Verdict != runner.Passed {
			t.Fatal(report)
		}
	}
	report := r.Run(t.Context(), placed.Apart("b", "c").Together("a", "c"))
	if report.Verdict != runner.Failed || !strings.Contains(report.Reason, "drivers a and c must be apart and together") {
		t.Errorf("got %s, %s", report.Verdict, report.Reason)
	}
	report = r.Run(t.Context(), nowhere)
	if want := "driver alone must be on a machine with zone=first and os=plan9"; report.Verdict != runner.Unsupported || !strings.Contains(report.Reason, want) {
		t.Errorf("got %s, %s; want %s", report.Verdict, report.Reason, want)
	}
}

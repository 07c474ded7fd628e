package runner_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/runner"
)

// elsewhere is declared at package level, as the scenarios of a program may be.
var elsewhere = drivers.New(drivers.NoEndpoint("elsewhere"))

// made counts the calls of the functions that make topical.
var made = map[string]int{}

// topical are scenarios of two topics. A child makes those of its own.
var topical = drivers.Topics{"first": {topic("first")}, "second": {topic("second")}}.All()

func topic(name string) func() []drivers.Scenario {
	return func() []drivers.Scenario {
		made[name]++
		look := drivers.Do("look at what was made", func(context.Context, *drivers.Scope) error {
			if made[name] != 1 || len(made) != 1 {
				return fmt.Errorf("got topics %v, want that this process makes %s once, and no other", made, name)
			}
			if file, line := elsewhere.Location(); file != "" {
				return fmt.Errorf("another driver was located at %s:%d, want that nothing was looked up", file, line)
			}
			return nil
		})
		return []drivers.Scenario{drivers.Case(name+"/makes-little", "A driver's process makes only what it runs.",
			drivers.New(drivers.NoEndpoint("looks"), look)).Needing(engine.ProcessIsolation)}
	}
}

func TestChildrenMakeTheirOwnTopic(t *testing.T) {
	if len(topical) != 2 {
		t.Fatalf("this process made %d scenarios of the two topics, want 2", len(topical))
	}
	for _, e := range runner.Engines() {
		if _, ok := e.(subprocess.Engine); ok && e.Capabilities().Has(engine.ProcessIsolation) {
			for _, s := range topical {
				runner.Judge(t, (&runner.Runner{Engine: e}).Run(t.Context(), s))
			}
			return
		}
	}
	t.Skip("no engine has a process for each driver here")
}

package command

import (
	"context"
	"io"
	"slices"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

// vetCommand is `lahja vet`: run, with what passed by luck instead of the table.
type vetCommand struct{ runCommand }

// Help is shown with the command's flags.
func (vetCommand) Help() string {
	return "A scenario passes by luck if an event was sent before or after an endpoint subscribed to it, and nothing orders the two: " +
		"on another day, a driver waits in vain. vet runs scenarios, looks at the recordings of those that pass, and says what to add. " +
		"Without --engine it runs each on goroutine+memory and subprocess+unix, or on the first engine that supports it. " +
		"What passes by luck has passed: it changes no exit code, and those are the ones of run. A run shows the order that it had: " +
		"--repeat N looks at N of them."
}

// vetEngines are those on which scenarios run by default: both kinds.
var vetEngines = []string{"goroutine+memory", "subprocess+unix"}

func (c *vetCommand) run(ctx context.Context, stdout, stderr io.Writer, suites []runner.Suite) int {
	c.doubts = true
	if len(c.Engine) == 0 && !c.Failed {
		if scenarios, engines, err := c.selected(suites); err == nil { // Otherwise run says it.
			c.only = vetCells(scenarios, engines)
		}
	}
	return c.runCommand.run(ctx, stdout, stderr, suites)
}

// vetCells are the scenarios on the engines by default.
func vetCells(scenarios []drivers.Scenario, engines []engine.Engine) map[[2]string]bool {
	cells := map[[2]string]bool{}
	for _, s := range scenarios {
		able := slices.DeleteFunc(slices.Clone(engines), func(e engine.Engine) bool { return len(engine.Missing(e, s.Needs)) > 0 })
		usual := slices.DeleteFunc(slices.Clone(able), func(e engine.Engine) bool { return !slices.Contains(vetEngines, e.Name()) })
		if len(usual) == 0 {
			usual = able[:min(1, len(able))]
		}
		for _, e := range usual {
			cells[[2]string{s.Name, e.Name()}] = true
		}
	}
	return cells
}

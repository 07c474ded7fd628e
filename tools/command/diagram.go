package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/runner"
	"github.com/lahja/go-lahja/tools/timeline"
)

// diagramCommand is `lahja diagram`.
type diagramCommand struct {
	Scenario string            `arg:"" help:"Draw the scenarios that match this glob."`
	Engine   string            `help:"As declared on this engine. Default: the first one that supports the scenario."`
	Format   string            `short:"f" help:"${enum}." enum:"text,mermaid" default:"text"`
	Columns  int               `help:"Columns of the text." default:"100"`
	Lines    int               `help:"Lines of the text." default:"200"`
	Seed     uint64            `help:"Seed for random choices in scenarios." default:"1"`
	Param    map[string]string `help:"Pass a parameter to scenarios (repeatable)." placeholder:"NAME=VALUE" mapsep:"none"`
}

func (c *diagramCommand) run(ctx context.Context, stdout, stderr io.Writer, suites []runner.Suite) int {
	scenarios, engines := everything(suites)
	scenarios, err := selectNamed("scenario", scenarios, func(s drivers.Scenario) string { return s.Name }, []string{c.Scenario})
	if err == nil && c.Engine != "" {
		engines, err = selectNamed("engine", engines, engine.Engine.Name, []string{c.Engine})
	}
	if err == nil && c.Format != "text" && len(scenarios) > 1 {
		err = fmt.Errorf("%d scenarios match %q; --format %s draws one", len(scenarios), c.Scenario, c.Format)
	}
	if err == nil {
		err = c.draw(ctx, stdout, scenarios, engines)
	}
	switch {
	case err == nil:
		return exitcode.Passed
	case errors.Is(err, syscall.EPIPE):
		return unwritten(stderr, "draw", err)
	case errors.Is(err, errUndrawn):
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Failed
	}
	fmt.Fprintln(stderr, "lahja:", err)
	return exitcode.Usage
}

// errUndrawn is the error of a diagram that could not be made or written.
var errUndrawn = errors.New("the diagram could not be drawn")

func (c *diagramCommand) draw(ctx context.Context, stdout io.Writer, scenarios []drivers.Scenario, engines []engine.Engine) error {
	for i, s := range scenarios {
		on, err := supporting(s, engines)
		if err != nil {
			return err
		}
		r := &runner.Runner{Engine: on, Params: c.Param, Seed: c.Seed}
		all, err := r.Declared(ctx, s)
		if err != nil {
			return fmt.Errorf("%w: %w", errUndrawn, err)
		}
		text := timeline.DiagramMermaid(all)
		if c.Format == "text" {
			text = fmt.Sprintf("%s: %s\n\n%s", s.Name, s.Rule, timeline.Diagram(all, timeline.Options{Columns: c.Columns, Lines: c.Lines}))
		}
		if i > 0 {
			text = "\n" + text
		}
		if _, err := io.WriteString(stdout, text); err != nil {
			return fmt.Errorf("%w: %w", errUndrawn, err)
		}
	}
	return nil
}

// supporting is the first engine that supports a scenario.
func supporting(s drivers.Scenario, engines []engine.Engine) (engine.Engine, error) {
	for _, e := range engines {
		if len(engine.Missing(e, s.Needs)) == 0 {
			return e, nil
		}
	}
	return nil, fmt.Errorf("%w: none of the engines supports %s", errUndrawn, s.Name)
}

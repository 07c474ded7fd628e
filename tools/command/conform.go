package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// conformCommand is `lahja conform`: run, on the program's own engines, with a verdict on each.
// It exits with 0 only if on each of them something passed and nothing failed.
type conformCommand struct{ runCommand }

func (c *conformCommand) run(ctx context.Context, stdout, stderr io.Writer, suites []runner.Suite) int {
	if len(c.Engine) == 0 {
		for _, s := range suites {
			for _, e := range s.Engines {
				c.Engine = append(c.Engine, e.Name())
			}
		}
	}
	c.everyEngine = true
	good := "conforms"
	if c.part() { // Passing a part is not conformance.
		good = "passes what was chosen"
	}
	c.conclude = func(stdout io.Writer, d *reports.Document) error {
		if c.JSON {
			return encodeEngines(stdout, d, good)
		}
		return judgeEngines(stdout, d, good)
	}
	return c.runCommand.run(ctx, stdout, stderr, suites)
}

// judgement is the verdict on an engine.
func judgement(counts map[runner.Verdict]int, good string) string {
	switch {
	case counts[runner.Failed] > 0:
		return "does not conform"
	case counts[runner.Passed] == 0:
		return "was not tested"
	case counts[runner.Known] > 0:
		return good + " but for known failures"
	}
	return good
}

// judgeEngines returns the verdict on each engine, with the rules that it breaks.
func judgeEngines(stdout io.Writer, d *reports.Document, good string) error {
	var errs []error
	say := func(format string, args ...any) {
		_, err := fmt.Fprintf(stdout, format, args...)
		errs = append(errs, err)
	}
	for _, e := range d.Engines {
		counts := d.Counts(e.Name)
		say("%s %s: %d passed, %d failed, %d unsupported, %d known to fail\n", e.Name, judgement(counts, good),
			counts[runner.Passed], counts[runner.Failed], counts[runner.Unsupported], counts[runner.Known])
		for _, o := range d.Outcomes {
			if o.Engine == e.Name && (o.Verdict == runner.Failed || o.Verdict == runner.Known) {
				say("  %s %s: %s\n", o.Verdict, o.Scenario, d.Rule(o.Scenario))
			}
		}
	}
	return errors.Join(errs...)
}

// engineLine is one of the last lines of conform --json, one per engine. Unlike the lines of
// runs, it has no scenario.
type engineLine struct {
	Engine string `json:"engine"`
	// Conclusion is what the table says: "conforms", "does not conform", ….
	Conclusion  string `json:"conclusion"`
	Passed      int    `json:"passed"`
	Failed      int    `json:"failed"`
	Unsupported int    `json:"unsupported"`
	Known       int    `json:"known-failure"`
}

func encodeEngines(stdout io.Writer, d *reports.Document, good string) error {
	encoder := json.NewEncoder(stdout)
	for _, e := range d.Engines {
		counts := d.Counts(e.Name)
		err := encoder.Encode(engineLine{Engine: e.Name, Conclusion: judgement(counts, good), Passed: counts[runner.Passed],
			Failed: counts[runner.Failed], Unsupported: counts[runner.Unsupported], Known: counts[runner.Known]})
		if err != nil {
			return err
		}
	}
	return nil
}

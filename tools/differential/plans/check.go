package plans

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/lahja/go-lahja/tools/differential"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

// Check draws plans and runs each on all engines. It fails if a plan does not pass on an engine, or if
// drivers see something else than on the first. Then it prints the smallest such plan that it finds as
// Go source. A plan that fails only sometimes does not shrink, and is printed as drawn. Set the number
// of plans with rapid's flag -rapid.checks, or RAPID_CHECKS.
func Check(t rapid.TB, settings runner.Runner, engines ...engine.Engine) {
	t.Helper()
	// Report the failure at the end, not through rapid: rapid takes failures with other texts for other
	// failures, and then shrinks nothing.
	var last *dna
	fails := func(d dna) error { return d.plan().Run(context.Background(), settings, engines...) }
	defer func() {
		if last != nil {
			t.Log(describe(*last, fails))
		}
	}()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDNA(t)
		if fails(d) != nil {
			last = &d
			t.Fatal("a plan does not pass, or differs; see below")
		}
	})
}

// describe describes a failed plan, shrunk as far as possible.
func describe(d dna, fails func(dna) error) string {
	err := errors.New("the plan passed when it was run again, so it fails now and then: run it many times")
	d = d.shrink(func(d dna) bool {
		again := fails(d)
		if again != nil {
			err = again
		}
		return again != nil
	}, time.Now().Add(shrinkTime))
	return fmt.Sprintf("%v\nas a scenario:\n%s", err, d.plan().Source("random/found"))
}

// Run runs the plan on all engines. Its error says on which it fails, or where drivers see something
// else than on the first engine.
func (p Plan) Run(ctx context.Context, settings runner.Runner, engines ...engine.Engine) error {
	if len(engines) == 0 {
		return errors.New("plans: no engine is given to run the plan on")
	}
	settings.Params, settings.Trace = p.Params(), true
	var first *runner.Report
	for _, e := range engines {
		settings.Engine = e
		report := settings.Run(ctx, Scenario)
		if first == nil {
			first = report
		}
		if err := differential.Reports(Scenario, first, report).Err(); err != nil {
			return errors.Join(err, report.Err())
		}
	}
	return nil
}

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

// Check draws plans and runs each on all engines. It fails where a plan does not
// pass on one, or where what drivers see differs from the first, and then prints
// the smallest such plan that it finds as Go source. A plan that fails now and then
// does not shrink, and is printed as it was. How many plans it draws is rapid's flag
// -rapid.checks, or RAPID_CHECKS.
func Check(t rapid.TB, settings runner.Runner, engines ...engine.Engine) {
	t.Helper()
	// What failed is told at the end, and not by rapid, which takes failures of other
	// words for other failures and then shrinks nothing.
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

// describe tells of a plan that failed, as small as it can be made.
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

// Run runs the plan on all engines. Its error says on which it fails, or where what
// drivers see differs from the first engine.
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

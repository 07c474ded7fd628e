package reports_test

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// A document of all scenarios on all engines. WriteFile writes it as Markdown, JSON or JUnit.
func ExampleNew() {
	d := reports.New(scenarios, engines)
	for _, e := range engines {
		r := runner.Runner{Engine: e}
		d.Add(reports.Of(r.Run(context.Background(), scenarios[0]), 1))
	}
	fmt.Println(scenarios[0].Name, d.Counts()[runner.Passed] == len(engines))
	fmt.Println("all ran:", d.NotRun() == 0)
	// Output:
	// a/passes true
	// all ran: false
}

// Call CheckFile before minutes of work depend on the file.
func ExampleCheckFile() {
	fmt.Println("a report:", reports.CheckFile("conformance.txt") == nil)
	// Output: a report: false
}

// Outcome is the worst of all runs of a scenario on an engine.
func ExampleDocument_Outcome() {
	r := runner.Runner{Engine: engines[0]}
	d := reports.New(scenarios, engines)
	for number := range 3 {
		d.Add(reports.Of(r.Run(context.Background(), scenarios[0]), number+1))
	}
	o := d.Outcome(scenarios[0].Name, engines[0].Name())
	fmt.Println(o.Verdict, o.Runs, "runs,", o.Failed, "failed")
	// Output: passed 3 runs, 0 failed
}

package bench_test

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/tools/bench"
	"github.com/lahja/go-lahja/tools/command"
)

// A plan says what would be measured, before the minutes that it takes.
func ExamplePlan() {
	plan, err := bench.Plan(bench.Options{Measures: []string{bench.RoundTrip}, Systems: []string{bench.Lahja}})
	fmt.Println(err)
	for _, c := range plan {
		fmt.Println(c)
	}
	// Output:
	// <nil>
	// roundtrip lahja default x1 100 B
}

// A program of your own has `bench` among its commands.
func ExampleNewCommand() {
	program := command.Program{Commands: []command.Subcommand{bench.NewCommand()}}
	_ = func() { program.Main() } // func main(), after bench.Dispatch
	fmt.Println(program.Commands[0].Name())
	// Output: bench
}

// A measurement starts this program again, so main calls Dispatch first.
func ExampleMeasure() {
	bench.Dispatch()
	results, err := bench.Measure(context.Background(), bench.Options{Measures: []string{bench.Fanout}, Rounds: 3})
	fmt.Println(len(results), err)
}

package explore_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/explore"
)

// Exploring finds an order in which a scenario fails, and how to repeat it.
func ExampleScenario() {
	ctx := context.Background()
	first := "" // of one run at a time, and not of several processes: Workers is negative
	note := func(name string) drivers.Action {
		return drivers.Do("write "+name, func(context.Context, *drivers.Scope) error {
			if first == "" {
				first = name
			}
			return nil
		})
	}
	s := drivers.Scenario{Name: "example/lucky", Rule: "a writes first", Drivers: func(*drivers.Env) []*drivers.Driver {
		first = ""
		return []*drivers.Driver{
			drivers.New(drivers.NoEndpoint("a"), note("a"), drivers.Checkpoint("written")),
			drivers.New(drivers.NoEndpoint("b"), note("b"), drivers.Checkpoint("written"), drivers.Do("read", func(context.Context, *drivers.Scope) error {
				if first != "a" {
					return errors.New("b wrote first")
				}
				return nil
			}))}
	}}
	options := explore.Options{Schedules: 50, Workers: -1, Kinds: []explore.Kind{explore.Bounded},
		Progress: func(p explore.Progress) { _ = p.Schedules }} // for whoever waits
	result, err := explore.Scenario(ctx, s, options)
	if err != nil || len(result.Failures) == 0 {
		fmt.Println("nothing found:", err)
		return
	}
	found := result.Failures[0]
	fmt.Println(found.Cause, "- departures from the default order:", len(found.Plan.Departures))
	again, err := explore.Replay(ctx, s, found.Plan, options)
	fmt.Println("again:", again.Cause, err)
	// Output:
	// error, driver b at action 3, Do("read") - departures from the default order: 1
	// again: error, driver b at action 3, Do("read") <nil>
}

// CrashEach crashes a driver before each of its steps. A worker that begins again from the start
// charges twice, if it crashes between the two steps.
func ExampleCrashEach() {
	charged := 0
	s := drivers.Scenario{Name: "example/charge", Rule: "an order is charged once", Drivers: func(*drivers.Env) []*drivers.Driver {
		charged = 0
		charge := drivers.Do("charge", func(context.Context, *drivers.Scope) error {
			if charged++; charged > 1 {
				return errors.New("charged twice")
			}
			return nil
		})
		ship := drivers.Do("ship", func(context.Context, *drivers.Scope) error { return nil })
		return []*drivers.Driver{drivers.New(drivers.NoEndpoint("worker"), charge, ship).OnRestart(charge, ship)}
	}}
	result, err := explore.CrashEach(context.Background(), s, "worker", explore.Options{Workers: -1, KeepGoing: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range result.Failures {
		fmt.Println(f.Cause, "- if the worker crashes before step", f.Plan.Crash.Step)
	}
	// Output: error, driver worker at action 3, Do("charge") - if the worker crashes before step 2
}

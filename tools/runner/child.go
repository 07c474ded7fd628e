package runner

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// runChild runs the driver that the parent asks for. It returns the exit code.
func runChild(ctx context.Context, child engine.Child) int {
	before := observeAll()
	session, driver, err := openChild(ctx, child)
	if err != nil {
		child.Record(engine.Record{Kind: engine.RecordFailure, Failure: &engine.Failure{Kind: engine.FailedHarness, Message: err.Error()}})
		return engine.ExitHarness
	}
	session.RunDrivers(ctx, engine.Run{
		Drivers: []engine.Driver{driver},
		Assignment: func(int) engine.Assignment {
			a := child.Launch().Assignment
			a.Coordinator = child
			return a
		},
	})
	var left []string
	if child.Failed() {
		left = before.endProcesses() // What else is left is a consequence.
	} else {
		left = append(session.Close(), before.leakedGoroutines(child.Launch().Assignment.RunID)...)
		left = append(left, before.compare()...)
	}
	if len(left) > 0 {
		child.Record(engine.Record{Kind: engine.RecordFailure, Failure: leakFailure(driver.Name(), left)})
	}
	if child.Failed() {
		return engine.ExitDriverFailed
	}
	if err := child.Done(); err != nil {
		fmt.Fprintln(os.Stderr, "lahja: report completion to the parent:", err)
		return engine.ExitHarness
	}
	return 0
}

// openChild builds the scenario again and finds the driver in it.
func openChild(ctx context.Context, child engine.Child) (engine.Session, *drivers.Driver, error) {
	launch := child.Launch()
	scenario, ok := dispatched.scenarios[launch.Launch.Scenario]
	if !ok {
		return nil, nil, fmt.Errorf("scenario %q was not given to runner.Dispatch in the child: "+
			"give the first call of Dispatch in a process every scenario that its children run", launch.Launch.Scenario)
	}
	e, ok := dispatched.engines[launch.Engine]
	if !ok {
		return nil, nil, fmt.Errorf("engine %q was not given to runner.Dispatch in the child: "+
			"give the first call of Dispatch in a process every engine that its children use", launch.Engine)
	}
	session, err := child.Open(ctx, e.value)
	if err != nil {
		return nil, nil, err
	}
	dir := func() (string, error) { return launch.Dir, nil }
	var all []*drivers.Driver
	drivers.WithoutPlaces(func() {
		all, err = build(scenario.value, drivers.NewEnv(session, dir, launch.Launch.Params, launch.Launch.Seed))
	})
	if err != nil {
		return nil, nil, err
	}
	a := launch.Assignment
	if i := a.Index; i >= len(all) || all[i] == nil || drivers.PlanHash(all[i:i+1]) != a.PlanHash {
		return nil, nil, errors.New("the child built other drivers than its parent: Drivers must depend on nothing but env " +
			"(no globals, no time, no random numbers but from env.Seed)")
	}
	driver := all[a.Index]
	driver.SetPlaces(a.Places)
	return session, driver, nil
}

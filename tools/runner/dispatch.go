package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"sync"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Suite is what children of this program can be asked to run.
type Suite struct {
	// Scenarios are found by name.
	Scenarios []drivers.Scenario
	// Engines are those besides Engines(), found by name.
	Engines []engine.Engine
	// Known lists failures that are known, of the suite's own scenarios on its own
	// engines; where it brings none, those are Engines().
	Known []KnownFailure
}

// OwnEngines are the engines that the suite brings, or where it brings none the
// built-in ones.
func (s Suite) OwnEngines() []engine.Engine {
	if len(s.Engines) == 0 {
		return Engines()
	}
	return s.Engines
}

// KnownOn are the entries of Known for one scenario on one engine: none where either
// is not the suite's own.
func (s Suite) KnownOn(scenario, engineName string) []KnownFailure {
	if slices.ContainsFunc(s.Scenarios, func(own drivers.Scenario) bool { return own.Name == scenario }) &&
		slices.ContainsFunc(s.OwnEngines(), func(own engine.Engine) bool { return own.Name() == engineName }) {
		return s.Known
	}
	return nil
}

// dispatched is what Dispatch was given in this process.
var dispatched struct {
	sync.Mutex
	called    bool
	scenarios map[string]drivers.Scenario
	engines   map[string]engine.Engine
}

// Dispatch is where a child process runs its driver and exits; in any other
// process it returns at once. Call it first thing in main or TestMain, with all
// scenarios that are run on subprocess engines. What is given again is known already;
// two different scenarios or engines of one name are a programmer's mistake, and panic.
//
// The environment of a child holds nothing of this, and neither do its os.Args: programs
// that a driver starts are ordinary ones. In lists of processes, the last argument of a
// child names its driver: "lahja-driver=client,scenario=request/response".
func Dispatch(suites ...Suite) {
	register(suites)
	if engine.IsChild() {
		os.Exit(runChild())
	}
}

func register(suites []Suite) {
	dispatched.Lock()
	defer dispatched.Unlock()
	if !dispatched.called {
		dispatched.called = true
		dispatched.scenarios = map[string]drivers.Scenario{}
		dispatched.engines = map[string]engine.Engine{}
		for _, e := range Engines() {
			dispatched.engines[e.Name()] = e
		}
	}
	engines := map[string]engine.Engine{} // of this call
	for _, suite := range suites {
		here := map[string]bool{}
		for _, s := range suite.Scenarios {
			if known, twice := dispatched.scenarios[s.Name]; here[s.Name] || twice && declared(reflect.ValueOf(known.Drivers)) != declared(reflect.ValueOf(s.Drivers)) {
				panic(fmt.Sprintf("runner: two scenarios given to Dispatch are named %q; rename one", s.Name))
			}
			dispatched.scenarios[s.Name], here[s.Name] = s, true
		}
		for _, e := range suite.Engines {
			known, twice := dispatched.engines[e.Name()]
			beside, both := engines[e.Name()]
			if twice && !sameForChildren(known, e) || both && !SameEngine(beside, e) {
				panic(fmt.Sprintf("runner: an engine given to Dispatch is named %q, as another one or a built-in one; "+
					"give its backend another name", e.Name()))
			}
			dispatched.engines[e.Name()], engines[e.Name()] = e, e
			if processes, ok := subprocess(e); ok {
				dispatched.engines[processes.ChildName()] = e // Its hosts are the parent's business.
			}
		}
	}
}

// checkDispatch refuses what a child of this process could not run.
func checkDispatch(e engine.Engine, launch engine.Launch) error {
	wanted, ok := subprocess(e)
	if !ok || launch.IsZero() {
		return nil
	}
	dispatched.Lock()
	defer dispatched.Unlock()
	if !dispatched.called {
		return fmt.Errorf("engine %s starts this program again for every driver, but runner.Dispatch was not called: "+
			"make it the first line of main or TestMain, with the scenarios to run", e.Name())
	}
	if _, ok := dispatched.scenarios[launch.Scenario]; !ok {
		return fmt.Errorf("scenario %q was not given to runner.Dispatch, so a child of engine %s cannot find it: "+
			"add it to a Suite there", launch.Scenario, e.Name())
	}
	known, ok := subprocess(dispatched.engines[wanted.ChildName()])
	if !ok {
		return fmt.Errorf("engine %s was not given to runner.Dispatch, so its children cannot find it: "+
			"add it to a Suite there", wanted.ChildName())
	}
	if !sameForChildren(wanted, known) {
		return fmt.Errorf("engine %s is not the one of that name which was given to runner.Dispatch, or is built in, "+
			"so its children would run another one: give its backend a name of its own", e.Name())
	}
	return nil
}

// subprocess returns e as a subprocess engine, if it is one.
func subprocess(e engine.Engine) (engine.Subprocess, bool) {
	switch e := e.(type) {
	case engine.Subprocess:
		return e, true
	case *engine.Subprocess:
		return *e, true
	}
	return engine.Subprocess{}, false
}

// Engines returns the built-in engines.
func Engines() []engine.Engine {
	return []engine.Engine{
		engine.OnGoroutines(engine.Memory()),
		engine.OnGoroutines(engine.Unix()),
		engine.OnGoroutines(engine.TCP()),
		engine.OnGoroutines(engine.TLS()),
		engine.OnProcesses(engine.Unix()),
		engine.OnProcesses(engine.Unix(), engine.UnixUncompressed()),
		engine.OnProcesses(engine.TCP()),
		engine.OnProcesses(engine.TLS()),
		engine.OnBoth(engine.TCP(), engine.TCPUncompressed()),
		engine.OnBoth(engine.TLS(), engine.TLSUncompressed()),
	}
}

// runChild runs the driver that the parent asks for. It returns the exit code.
func runChild() int {
	child, ctx, err := engine.OpenChild()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return engine.ExitHarness
	}
	err = child.AwaitDebugger(ctx)
	if err != nil {
		child.Record(engine.Record{Kind: engine.RecordFailure, Failure: &engine.Failure{Kind: engine.FailedHarness, Message: err.Error()}})
		return engine.ExitHarness
	}
	before := observeAll()
	session, driver, err := openChild(ctx, child)
	if err != nil {
		child.Record(engine.Record{Kind: engine.RecordFailure, Failure: &engine.Failure{Kind: engine.FailedHarness, Message: err.Error()}})
		return engine.ExitHarness
	}
	failures := session.RunDrivers(ctx, engine.Run{
		Drivers: []engine.Driver{driver},
		Assignment: func(int) engine.Assignment {
			return engine.Assignment{Index: child.Launch.Driver, Coordinator: child,
				ActionTimeout: child.Launch.ActionTimeout, RunID: child.Launch.RunID, Trace: child.Launch.Trace}
		},
	})
	var left []string
	if failures[0] != nil {
		left = before.endProcesses() // What else is left is a consequence.
	} else {
		left = append(session.Close(), before.leakedGoroutines(child.Launch.RunID)...)
		left = append(left, before.compare()...)
	}
	if len(left) > 0 {
		child.Record(engine.Record{Kind: engine.RecordFailure, Failure: leakFailure(driver.Name(), left)})
	}
	if failures[0] != nil || len(left) > 0 {
		return engine.ExitDriverFailed
	}
	if err := child.Done(); err != nil {
		fmt.Fprintln(os.Stderr, "lahja: report completion to the parent:", err)
		return engine.ExitHarness
	}
	return 0
}

// openChild builds the scenario again and finds the driver in it.
func openChild(ctx context.Context, child *engine.Child) (engine.Session, *drivers.Driver, error) {
	launch := child.Launch
	scenario, ok := dispatched.scenarios[launch.Launch.Scenario]
	if !ok {
		return nil, nil, fmt.Errorf("scenario %q was not given to runner.Dispatch in the child: "+
			"the first call of Dispatch in a process has to know all that its children run", launch.Launch.Scenario)
	}
	e, ok := subprocess(dispatched.engines[launch.Engine])
	if !ok {
		return nil, nil, fmt.Errorf("engine %q was not given to runner.Dispatch in the child", launch.Engine)
	}
	session, err := child.Open(ctx, e)
	if err != nil {
		return nil, nil, err
	}
	dir := func() (string, error) { return launch.Dir, nil }
	var all []*drivers.Driver
	drivers.WithoutPlaces(func() {
		all, err = build(scenario, drivers.NewEnv(session, dir, launch.Launch.Params, launch.Launch.Seed))
	})
	if err != nil {
		return nil, nil, err
	}
	if i := launch.Driver; i >= len(all) || all[i] == nil || drivers.PlanHash(all[i:i+1]) != launch.PlanHash {
		return nil, nil, errors.New("the child built other drivers than its parent: Drivers must depend on nothing but env " +
			"(no globals, no time, no random numbers but from env.Seed)")
	}
	driver := all[launch.Driver]
	driver.SetPlaces(launch.Places)
	return session, driver, nil
}

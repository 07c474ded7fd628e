package runner

import (
	"fmt"
	"os"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Suite is what children of this program can be asked to run.
type Suite struct {
	// Scenarios are found by name.
	Scenarios []drivers.Scenario
	// Engines are those besides Engines(), found by name.
	Engines []engine.Engine
	// Further are engines on which a command runs something only if it is told their names. They
	// take long, and few need them.
	Further []engine.Engine
	// Known lists failures that are known, of the suite's own scenarios on its own
	// engines; where it brings none, those are Engines().
	Known []KnownFailure
	// Test is the test that calls Dispatch, where TestMain does not and children run this
	// test alone. When the test runs again (go test -count), it may bring new scenarios and
	// engines of the same names.
	Test testing.TB
}

// OwnEngines are the engines that the suite brings, or where it brings none the
// built-in ones.
func (s Suite) OwnEngines() []engine.Engine {
	own := s.Engines
	if len(own) == 0 {
		own = Engines()
	}
	return slices.Concat(own, s.Further)
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
	called bool
	// child says that this process is one.
	child     bool
	scenarios map[string]registered[drivers.Scenario]
	engines   map[string]registered[engine.Engine]
}

// registered is a value that Dispatch was given, with its suite's Test.
type registered[T any] struct {
	value T
	test  testing.TB
}

// replaceableIn reports whether the test is a later run of the one that gave the value.
func (r registered[T]) replaceableIn(test testing.TB) bool {
	return r.test != nil && test != nil && r.test != test && r.test.Name() == test.Name()
}

// Dispatch is where a child process runs its driver and exits; in any other
// process it returns at once. Call it first thing in main or TestMain, with all
// scenarios that are run on process engines. You may give the same again. Two different
// scenarios or engines (engine.Same) of one name are a programmer's mistake, and panic.
//
// The environment of a child holds nothing of this, and neither do its os.Args: programs
// that a driver starts are ordinary ones. In lists of processes, the last argument of a
// child names its driver: "lahja-driver=client,scenario=request/response".
func Dispatch(suites ...Suite) {
	for _, suite := range suites {
		for _, e := range suite.Engines {
			if actor, ok := e.(engine.Actor); ok {
				actor.Act()
			}
		}
	}
	for _, processes := range register(suites) {
		child, ctx, err := processes.OpenChild()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(engine.ExitHarness)
		}
		if child != nil {
			dispatched.child = true
			os.Exit(runChild(ctx, child))
		}
	}
}

// register returns all engines that start processes.
func register(suites []Suite) (starting []engine.ProcessEngine) {
	dispatched.Lock()
	defer dispatched.Unlock()
	if !dispatched.called {
		dispatched.called = true
		dispatched.scenarios = map[string]registered[drivers.Scenario]{}
		dispatched.engines = map[string]registered[engine.Engine]{}
		for _, e := range Engines() {
			registerEngine(e, nil)
		}
	}
	for _, suite := range suites {
		here := map[string]bool{}
		for _, s := range suite.Scenarios {
			known, twice := dispatched.scenarios[s.Name]
			renew := !twice || known.replaceableIn(suite.Test)
			if here[s.Name] || !renew && declared(known.value) != declared(s) {
				panic(fmt.Sprintf("runner: two scenarios given to Dispatch are named %q; rename one", s.Name))
			}
			if here[s.Name] = true; renew {
				dispatched.scenarios[s.Name] = registered[drivers.Scenario]{s, suite.Test}
			}
		}
		for _, e := range slices.Concat(suite.Engines, suite.Further) {
			registerEngine(e, suite.Test)
		}
	}
	for _, e := range dispatched.engines {
		if e, ok := e.value.(engine.ProcessEngine); ok {
			starting = append(starting, e)
		}
	}
	return starting
}

func registerEngine(e engine.Engine, test testing.TB) {
	known, twice := dispatched.engines[childName(e)]
	if twice && engine.Same(known.value, e) {
		return
	}
	if twice && !known.replaceableIn(test) {
		panic(fmt.Sprintf("runner: an engine given to Dispatch is named %q, as another one or a built-in one; "+
			"give its backend another name, or if it is the same, make it once and keep a pointer to it", e.Name()))
	}
	dispatched.engines[childName(e)] = registered[engine.Engine]{e, test}
}

// childName is the name by which a child, or somebody else, finds the engine.
func childName(e engine.Engine) string {
	if processes, ok := e.(engine.ProcessEngine); ok {
		return processes.ChildName()
	}
	return e.Name()
}

// declared is the line on which the scenario's function stands. Its code would not do: the
// compiler may make a copy wherever the function that declares it is inlined.
func declared(s drivers.Scenario) string {
	f := runtime.FuncForPC(reflect.ValueOf(s.Drivers).Pointer())
	if f == nil {
		return ""
	}
	file, line := f.FileLine(f.Entry())
	return fmt.Sprintf("%s:%d", file, line)
}

// checkDispatch refuses what a child of this process could not run.
func checkDispatch(e engine.Engine, launch engine.Launch) error {
	wanted, ok := e.(engine.ProcessEngine)
	if !ok {
		return nil
	}
	if launch.IsZero() {
		return fmt.Errorf("bare drivers exist in this process alone, and engine %s starts another one for each: "+
			"put them into a Scenario and hand it to runner.Dispatch, or use a goroutine engine", e.Name())
	}
	dispatched.Lock()
	defer dispatched.Unlock()
	if !dispatched.called {
		return fmt.Errorf("engine %s starts this program again for every driver, but runner.Dispatch was not called: "+
			"make it the first line of main, or write func TestMain(m *testing.M) { runner.Main(m, scenarios) }", e.Name())
	}
	if _, ok := dispatched.scenarios[launch.Scenario]; !ok {
		return fmt.Errorf("scenario %q was not given to runner.Dispatch, so a child of engine %s cannot find it: "+
			"add it to a Suite there", launch.Scenario, e.Name())
	}
	known, ok := dispatched.engines[wanted.ChildName()]
	if !ok {
		return fmt.Errorf("engine %s was not given to runner.Dispatch, so its children cannot find it: "+
			"add it to a Suite there", wanted.ChildName())
	}
	if !engine.Same(wanted, known.value) {
		return fmt.Errorf("engine %s is not the one of that name which was given to runner.Dispatch, or is built in, "+
			"so its children would run another one: give its backend a name of its own, "+
			"or if it is the same, make it once and keep a pointer to it", e.Name())
	}
	return nil
}

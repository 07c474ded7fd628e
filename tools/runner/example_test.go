package runner_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// Bare drivers run without a scenario, on goroutines.
func ExampleDrive() {
	server := lahja.ConnectionConfig{Name: "server", Address: "server"}
	report := runner.Drive(context.Background(), engine.OnGoroutines(transports.Memory()),
		drivers.New(drivers.ServeEndpoint(server), drivers.Receives(Tick{N: 1})),
		drivers.New(drivers.RunEndpoint("client"), drivers.ConnectToEndpoints(server), drivers.WaitAnyThenBroadcast(Tick{N: 1})))
	fmt.Println(report.Verdict, report.Err())
	// Output: passed <nil>
}

// What a driver wants the test to see travels as a result, also from a process.
func ExampleReport_Result() {
	tick := drivers.NewSlot[lahja.Event[Tick]]("tick")
	report := runner.Drive(context.Background(), engine.OnGoroutines(transports.Memory()),
		drivers.New(drivers.RunEndpoint("alone"),
			drivers.Background("send", drivers.WaitAnyThenBroadcast(Tick{N: 3})),
			drivers.WaitFor[Tick]().Into(tick),
			drivers.Result("tick", tick)))
	var got struct{ Data Tick }
	err := report.Result("alone", "tick", &got)
	fmt.Println(got.Data.N, err)
	// Output: 3 <nil>
}

// stoppedClock is a scenario that fails.
var stoppedClock = drivers.Case("clocks/stopped", "a clock ticks",
	drivers.New(drivers.NoEndpoint("clock"), drivers.Do("tick", func(context.Context, *drivers.Scope) error {
		return errors.New("the spring is broken")
	})))

// A report says what failed, and where.
func ExampleRunner_Run() {
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
	report := r.Run(context.Background(), stoppedClock)
	if report.Verdict == runner.Failed {
		fmt.Println(report.Verdict, report.Scenario, "on", report.Engine)
		fmt.Println(report.Failures[0].Where())
		fmt.Println(report.Cause())
	}
	// Output:
	// failed clocks/stopped on goroutine+memory
	// clock, action 1, Do("tick")
	// the spring is broken
}

// A known failure still runs. If it passes, that is a failure.
func ExampleKnownFailure() {
	r := runner.Runner{
		Engine: engine.OnGoroutines(transports.Memory()),
		Known:  []runner.KnownFailure{{Scenario: "clocks/*", Reason: "a new spring is ordered"}},
	}
	report := r.Run(context.Background(), stoppedClock)
	fmt.Println(report.Verdict+":", report.Excuse)
	// Output: known-failure: a new spring is ordered
}

// Main is for TestMain, and Test for a test function.
func ExampleTest() {
	scenarios := []drivers.Scenario{stoppedClock}
	_ = func(m *testing.M) { runner.Main(m, scenarios) }
	_ = func(t *testing.T) { runner.Test(t, scenarios, runner.Engines()...) }
}

// A program with scenarios for engines of processes gives them to Dispatch first: a child, which
// is this program started again, then runs its driver there, and nothing else.
func ExampleDispatch() {
	suite := runner.Suite{Scenarios: []drivers.Scenario{stoppedClock}}
	_ = func() { // func main()
		runner.Dispatch(suite)
	}
	fmt.Println(len(suite.OwnEngines()) == len(runner.Engines()))
	// Output: true
}

// A scenario is unsupported where the engine lacks what it needs. That is no pass.
func ExampleVerdict() {
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
	report := r.Run(context.Background(), stoppedClock.Needing(engine.ProcessIsolation))
	fmt.Println(report.Verdict == runner.Passed, report.Verdict == runner.Unsupported)
	fmt.Println(report.Reason)
	// Output:
	// false true
	// needs process-isolation, which goroutine+memory lacks
}

// Watch tells at any time where every driver is: for a live view, or to see what hangs.
func ExampleStanding() {
	var now func() []runner.Standing
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory()), Watch: func(n func() []runner.Standing) { now = n }}
	r.Run(context.Background(), drivers.Case("clock/looks", "the clock sees itself",
		drivers.New(drivers.NoEndpoint("clock"), drivers.Do("look", func(context.Context, *drivers.Scope) error {
			for _, at := range now() {
				fmt.Println(at.Driver, "is at action", at.Step.Index, "of", at.Actions, at.Step.Action)
			}
			return nil
		}))))
	// Output: clock is at action 1 of 1 Do("look")
}

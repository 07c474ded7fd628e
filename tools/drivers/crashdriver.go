package drivers

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/tools/engine"
)

// CrashDriver has another driver crash: its endpoint is gone without a word to anybody, and what it
// does afterwards reaches nobody. A driver that is a process is killed (SIGKILL), with all processes
// of its group. What it has sent arrives. It is no failure of that driver, of which nobody waits for
// anything more. It fails if the other driver has not begun, which a checkpoint before it prevents,
// or has ended already. It needs engine.DriverFaults.
func CrashDriver(driver string) Action {
	return driverFault("CrashDriver", driver, crashes, engine.Crasher.CrashDriver)
}

// RestartDriver starts a driver again that has crashed: it runs its initializer, and what it
// declares with OnRestart. It needs engine.DriverFaults.
func RestartDriver(driver string) Action {
	return driverFault("RestartDriver", driver, "restarts ", engine.Crasher.RestartDriver).
		effect(func(e *effects) { e.restarts = true })
}

// crashes begins what is recorded of a crash.
const crashes = "crashes "

// offered is what the session can do besides, or the coordinator where drivers are processes.
func offered[T any](s *Scope) (T, bool) {
	if can, ok := s.engine.(T); ok {
		return can, true
	}
	can, ok := s.assignment.Coordinator.(T)
	return can, ok
}

func driverFault(name, driver, does string, call func(engine.Crasher, context.Context, string) error) *action {
	a := newAction(name, []any{driver}, func(ctx context.Context, s *Scope) error {
		crasher, ok := offered[engine.Crasher](s)
		if !ok {
			return errors.New("this engine cannot crash drivers; list engine.DriverFaults in the scenario's Needs")
		}
		s.assignment.Ring.Fault(does + driver)
		return call(crasher, ctx, driver)
	})
	a.crashes = driver
	return a
}

// vetCrashes finds drivers to be crashed that are none, and restart actions for which others
// would wait.
func vetCrashes(all []*Driver) (problems []error) {
	for _, d := range all {
		visitMeant(d.actions, func(a *action) {
			other := slices.IndexFunc(all, func(other *Driver) bool { return other.name == a.crashes })
			if a.crashes != "" && (other < 0 || all[other] == d) {
				problems = append(problems, fmt.Errorf("driver %s, %s (%s): %q is no other driver", d.name, limit(a.String(), maxArg), a.source, a.crashes))
			}
		})
		walk(d.restart, func(a Action) {
			own, ok := ownOf(a)
			switch {
			case ok && own.reaches:
				problems = append(problems, fmt.Errorf("driver %s, OnRestart(%s) (%s): nobody waits for a driver that was started again; use actions that wait for what it does on the bus",
					d.name, limit(a.String(), maxArg), own.source))
			case ok && own.meets && own.point.Kind == engine.AtSignal:
				problems = append(problems, fmt.Errorf("driver %s, OnRestart(%s) (%s): signals are counted for each driver, and how many this one had awaited depends on when it crashed; wait for something on the bus, or use AwaitDriver",
					d.name, limit(a.String(), maxArg), own.source))
			}
		})
	}
	return problems
}

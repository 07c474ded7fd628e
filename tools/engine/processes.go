package engine

import (
	"context"
	"reflect"
)

// ProcessEngine is an engine whose drivers are processes: this program started again,
// which calls runner.Dispatch. A child finds the engine by its ChildName among those that
// Dispatch knows, builds its driver again, and runs it on the session that Child opens.
//
// RunDrivers of its sessions hands what a child records to the driver's Coordinator, and adds
// what only the parent knows: that the process has started, what it prints and how it has
// exited (RecordStarted, RecordOutput, RecordExited), then RecordEnded. A child passes if it
// has said that it is Done, and exited with code 0. If it has not, and has recorded no
// failure, RecordEnded has one. The runner adds the driver and its action to a failure that
// names no driver. When the context ends, RunDrivers has the children's contexts end, and
// kills those that go on.
//
// In the children of an engine with the capability ProcessIsolation, coordinators are a Reaper;
// with DriverPauses they are a Pauser.
type ProcessEngine interface {
	Engine
	// ChildName is what children know the engine by: its Name without what only the
	// parent need know, such as hosts.
	ChildName() string
	// IsProcess reports whether the driver of that index runs as a process of its own.
	IsProcess(driver int) bool
	// OpenChild returns what links this process to its parent, with a context that ends
	// when the parent stops the driver. In a process that no engine of this kind started
	// it returns nil.
	OpenChild() (Child, context.Context, error)
}

// TakesArgs is offered by process engines that hand arguments to their children.
type TakesArgs interface {
	// WithArgs returns the engine with more arguments for its children. They come before
	// those that the engine has already.
	WithArgs(args ...string) Engine
}

// Child is a driver's process, as itself sees it. It records a failure or a crash by waiting
// until the parent has it, so that what other drivers make of it is recorded later.
type Child interface {
	Coordinator
	// Launch says what to run.
	Launch() ChildLaunch
	// Open opens the child's session of the engine that the launch names. Where a debugger
	// is awaited it returns once that has attached, or an error if it cannot tell.
	Open(ctx context.Context, e Engine) (Session, error)
	// Failed reports whether a failure has been recorded.
	Failed() bool
	// Done tells the parent that the driver has done all it had to do.
	Done() error
}

// ChildLaunch tells a child what to run.
type ChildLaunch struct {
	// Engine is the engine's ChildName.
	Engine string `json:"engine"`
	// Dir is the run's private directory.
	Dir string `json:"dir"`
	// Launch names the scenario.
	Launch Launch `json:"launch"`
	// Assignment is the driver's, without a Coordinator.
	Assignment Assignment `json:"assignment"`
}

// Exit codes of a child. They only add to what its records say: a child passes
// with code 0 and a completion record.
const (
	// ExitDriverFailed: the driver failed, and a record says how.
	ExitDriverFailed = 21
	// ExitHarness: the child could not build or run its driver.
	ExitHarness = 22
)

// Pauser is offered by sessions with the capability DriverPauses, or by the coordinators of drivers
// that are processes. What is still paused when the run ends continues then.
type Pauser interface {
	// Pause stops the driver of that name, as a SIGSTOP from outside stops a process, and
	// returns when it stands still. It fails where the driver has not begun
	// or has ended, is paused already, is the caller itself, or has no process.
	Pause(ctx context.Context, driver string) error
	// Resume has it go on (SIGCONT). It fails where the driver is not paused, unless it has
	// crashed while it was.
	Resume(ctx context.Context, driver string) error
}

// Reaper is offered by coordinators of drivers that are processes: a driver can wait until
// the processes have ended that others had killed.
type Reaper interface {
	// AwaitReaped returns when every process has ended that its driver had killed, and
	// so has given its addresses back. Peers notice a death before that: the system
	// closes the connections of a process one by one, and its listener may be the last.
	AwaitReaped(ctx context.Context) error
}

// Same reports whether two engines or two backends of one name are the same: whether they
// are equal. Values that cannot be compared, structs with a function in them say, equal
// nothing, so use pointers to them. An engine may have a method Same(other any) bool instead.
func Same(a, b any) bool {
	if own, ok := a.(interface{ Same(other any) bool }); ok {
		return own.Same(b)
	}
	return reflect.TypeOf(a) == reflect.TypeOf(b) && reflect.ValueOf(a).Comparable() && a == b
}

// Actor is offered by engines for which a process can do other work than to run scenarios: that
// of an agent, which starts drivers for a run on another machine.
type Actor interface {
	// Act does that work and exits, where the environment asks for it. Otherwise it returns at
	// once.
	Act()
}

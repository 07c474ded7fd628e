package engine

import (
	"context"
	"errors"
)

// DriverFaults: a driver can have another one crash and start again (Crasher).
const DriverFaults Capability = "driver-faults"

// DriverPauses: a driver can have another one stand still for a while (Pauser).
const DriverPauses Capability = "driver-pauses"

// ErrCrashed is the cause of a driver's context that another driver had crash.
var ErrCrashed = errors.New("the driver has crashed")

// Crasher is offered by sessions with the capability DriverFaults, or by the coordinators of drivers
// that are processes.
type Crasher interface {
	// CrashDriver ends a driver as a killed process ends: its endpoints are gone, without a
	// word to anybody, and what it does afterwards reaches nobody. Where drivers are processes, it
	// kills that of the driver (SIGKILL), and returns when that has ended. It fails if the driver has
	// not begun, or has ended already.
	CrashDriver(ctx context.Context, driver string) error
	// RestartDriver starts a driver again that has crashed. It runs its initializer and its
	// restart actions, and keeps its endpoint open until all others have ended. Where drivers are
	// processes, it starts another one, and returns when that begins the initializer.
	RestartDriver(ctx context.Context, driver string) error
}

// Sweeper is offered by networks whose endpoints leave files behind when their process is killed.
type Sweeper interface {
	// Sweep removes what the endpoint of that name has left. There may be nothing.
	Sweep(endpoint string) error
}

// Restart is a driver's part in a run when it has been started again.
type Restart struct {
	// Finished is closed when all others have ended.
	Finished <-chan struct{} `json:"-"`
	// Number counts the restarts of the driver, from 1.
	Number int
}

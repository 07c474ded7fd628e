// Package orphans finds the processes that this one started, directly or not, also those
// that have detached themselves: with a session of their own, and without a living parent.
// It does so on Linux alone; elsewhere there are none to be found.
package orphans

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Process is a process below this one.
type Process struct {
	PID int
	// Line is its command line, or its name where it has none.
	Line string
	// Group is its process group.
	Group int
	// Dead says that it has ended and was not waited for.
	Dead bool

	// started is when it began, which tells it from a later one with the same PID.
	started string
	// born says that this process started it itself.
	born bool
}

func (p Process) String() string { return fmt.Sprintf("%d %s", p.PID, p.Line) }

// adopting counts the calls of Adopt that have not been released.
var adopting struct {
	sync.Mutex
	n int
}

// Adopt makes this process the parent of those below it whose parent ends, until release
// is called. Otherwise they would be children of the system's first process, and go
// unnoticed.
//
// The system continues a process that is stopped when its parent ends, but not if this
// process adopts it. So it adopts only for as long as needed.
func Adopt() (release func()) {
	adopting.Lock()
	defer adopting.Unlock()
	if adopting.n++; adopting.n == 1 {
		adopt(true)
	}
	return sync.OnceFunc(func() {
		adopting.Lock()
		defer adopting.Unlock()
		if adopting.n--; adopting.n == 0 {
			adopt(false)
		}
	})
}

// Adopted returns the children of this process that it did not start itself. Dead ones
// are waited for, and left out.
func Adopted() []Process {
	return slices.DeleteFunc(Children(), func(p Process) bool { return p.born })
}

// Without returns those of all that are not among others.
func Without(all, others []Process) []Process {
	return slices.DeleteFunc(slices.Clone(all), func(p Process) bool {
		return slices.ContainsFunc(others, p.same)
	})
}

func (p Process) same(other Process) bool { return p.PID == other.PID && p.started == other.started }

// End ends processes, with all that is below them, and returns those that ran. What this
// process did not start itself it waits for.
func End(all []Process) []Process {
	var ended []Process
	for _, p := range all {
		for _, below := range append([]Process{p}, Below(p.PID)...) {
			if !slices.ContainsFunc(ended, below.same) && kill(below) {
				ended = append(ended, below)
			}
		}
	}
	for _, p := range ended {
		await(p)
	}
	return ended
}

// awaitTime bounds the wait for a process that was killed, which the system may hold up.
const awaitTime = time.Second

// await returns when a process that was killed has ended and has been waited for, unless
// somebody else does that.
func await(p Process) {
	pause := 100 * time.Microsecond
	for end := time.Now().Add(awaitTime); time.Now().Before(end); pause = min(2*pause, 10*time.Millisecond) {
		Adopted() // It waits for the dead.
		if now, ok := describe(p.PID); !ok || !now.same(p) || now.Dead {
			return
		}
		time.Sleep(pause)
	}
}

package subprocess

import (
	"context"
	"runtime"
	"sync"
)

// fleet is the processes of one run, by driver.
type fleet struct {
	mu        sync.Mutex
	processes map[string]*process
	crashed   []*process // drivers had them killed, their own or others
	// again are the drivers that were started again. Finished is closed when all others have ended.
	again    sync.WaitGroup
	finished chan struct{}
	// starting holds a value for each process that was started and has not begun its driver.
	starting chan struct{}
}

// startsPerCPU is how many processes are started at a time for each processor. More would
// only make each of them slower, until they take longer than they may.
const startsPerCPU = 2

func newFleet() *fleet {
	return &fleet{processes: map[string]*process{}, starting: make(chan struct{}, startsPerCPU*runtime.GOMAXPROCS(0)),
		finished: make(chan struct{})}
}

// awaitStart waits until one more process may be started.
func (f *fleet) awaitStart(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case f.starting <- struct{}{}:
		return nil
	}
}

// started makes room for another start.
func (f *fleet) started() { <-f.starting }

func (f *fleet) add(c *process) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.processes[c.driver.Name()] = c
}

func (f *fleet) named(driver string) *process {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.processes[driver]
}

package engine

import (
	"context"
	"fmt"
)

// Reaper is offered by coordinators of drivers that are processes: one can wait until
// the processes of others have ended that were killed.
type Reaper interface {
	// AwaitReaped returns when every process has ended that its driver had killed, and
	// so has given its addresses back. Peers notice a death before that: the system
	// closes the connections of a process one by one, and its listener may be the last.
	AwaitReaped(ctx context.Context) error
}

// AwaitReaped implements Reaper.
func (c *Child) AwaitReaped(ctx context.Context) error {
	return c.call(ctx, Record{Kind: RecordReap}, "wait for killed processes to end")
}

// crashes notes that a process is about to be killed by its driver. It comes before
// anybody can notice the death.
func (f *fleet) crashes(c *childProcess) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crashed = append(f.crashed, c)
}

// awaitReaped waits for all that were killed by now.
func (f *fleet) awaitReaped(ctx context.Context) error {
	f.mu.Lock()
	crashed := f.crashed
	f.mu.Unlock()
	for _, c := range crashed {
		select {
		case <-c.reaped:
		case <-ctx.Done():
			return fmt.Errorf("%w; the process of driver %s was killed and has not ended", context.Cause(ctx), c.driver.Name())
		}
	}
	return nil
}

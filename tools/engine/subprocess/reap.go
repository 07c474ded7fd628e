package subprocess

import (
	"context"
	"fmt"
)

// AwaitReaped implements engine.Reaper.
func (c *child) AwaitReaped(ctx context.Context) error {
	_, err := c.call(ctx, plain(kindReap), "wait for killed processes to end")
	return err
}

// crashes notes that a process is about to be killed by its driver. It comes before
// anybody can notice the death.
func (f *fleet) crashes(c *process) {
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

package subprocess

import (
	"context"
	"fmt"
	"syscall"

	"github.com/lahja/go-lahja/tools/engine"
)

// CrashDriver implements engine.Crasher.
func (c *child) CrashDriver(ctx context.Context, driver string) error {
	return c.ask(ctx, kindKill, driver, "crash driver "+driver)
}

// RestartDriver implements engine.Crasher.
func (c *child) RestartDriver(ctx context.Context, driver string) error {
	return c.ask(ctx, kindRestart, driver, "restart driver "+driver)
}

// crash kills a driver's process for another one.
func (f *fleet) crash(ctx context.Context, driver string) error {
	c := f.named(driver)
	if c == nil {
		return fmt.Errorf("no process runs a driver %q, so it cannot crash; name another driver of the scenario", driver)
	}
	if err := c.claim(); err != nil {
		return fmt.Errorf("driver %s %w", driver, err)
	}
	f.crashes(c)
	c.strike()
	if err := c.awaitEnd(ctx); err != nil {
		return err
	}
	if c.exit.Signal != syscall.SIGKILL {
		return fmt.Errorf("driver %s %w", driver, errNotAlive[over])
	}
	return nil
}

// claim notes that the process is about to be killed. Its driver must have begun, and have more to
// do.
func (c *process) claim() error {
	c.moves.Lock()
	defer c.moves.Unlock()
	switch {
	case c.struck, c.crashes:
		return errCrashed
	case c.done:
		return errNotAlive[over]
	}
	c.struck = errNotAlive[c.motion] == nil
	return errNotAlive[c.motion]
}

// strike kills the process with its group, unless it has ended meanwhile.
func (c *process) strike() {
	c.moves.Lock()
	defer c.moves.Unlock()
	if c.motion == over {
		return
	}
	c.os.Kill() // It may have ended by itself: its exit says so.
	c.resumed, c.motion = c.resumed || c.motion == paused, over
}

// wasStruck reports whether another driver had the process killed.
func (c *process) wasStruck() bool {
	c.moves.Lock()
	defer c.moves.Unlock()
	return c.struck
}

// awaitEnd waits until the process has ended, and that is recorded.
func (c *process) awaitEnd(ctx context.Context) error {
	select {
	case <-c.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w; the process of driver %s was killed and has not ended", context.Cause(ctx), c.driver.Name())
	}
}

// restart starts a driver again in another process, and returns when that has begun.
func (f *fleet) restart(ctx context.Context, driver string) error {
	old := f.named(driver)
	if old == nil || !old.wasStruck() {
		return fmt.Errorf("driver %q has not crashed", driver)
	}
	if err := old.awaitEnd(ctx); err != nil {
		return err
	}
	next := old.again()
	if err := f.replace(old, next); err != nil {
		return err
	}
	go func() {
		defer f.again.Done()
		next.run(ctx)
	}()
	select {
	case <-next.begun:
		return nil
	case <-next.ended:
		return fmt.Errorf("driver %s has ended before it began again", driver)
	}
}

// replace has a driver run by another process from now on, which counts as one that was started
// again.
func (f *fleet) replace(old, next *process) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := old.driver.Name()
	select {
	case <-f.finished:
		return fmt.Errorf("driver %s cannot be started again: all others have ended", name)
	default:
	}
	if f.processes[name] != old {
		return fmt.Errorf("driver %q has not crashed since it was started again", name)
	}
	f.processes[name] = next
	f.again.Add(1)
	return nil
}

// again is the same driver's next process.
func (c *process) again() *process {
	next := newProcess(c.session, c.driver, c.assignment, c.fleet)
	next.launch, next.resumed = c.launch, c.resumed
	restart := &engine.Restart{Number: 1}
	if last := c.assignment.Restart; last != nil {
		restart.Number += last.Number
	}
	if next.assignment.Ring = nil; c.assignment.NextRing != nil {
		next.assignment.Ring = c.assignment.NextRing()
	}
	next.assignment.Restart = restart
	next.launch.Assignment, next.launch.Ring = next.assignment, next.assignment.Ring.File() != nil
	return next
}

// finish waits until all other drivers have ended, and tells the child.
func (c *process) finish() {
	<-c.fleet.finished
	_ = c.link.send(plain(kindFinish)) // If the child is gone, its reader gets the error.
}

// end has those drivers end that were started again, and waits for them.
func (f *fleet) end() {
	f.mu.Lock()
	close(f.finished)
	f.mu.Unlock()
	f.again.Wait()
}

package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/lahja/go-lahja/tools/internal/childproc"
	"github.com/lahja/go-lahja/tools/internal/orphans"
)

// Pauser is offered by coordinators of drivers that are processes: one can have
// another one's stopped. Who was not let go on when the run ends is let go on then.
type Pauser interface {
	// Pause stops the process of the driver of that name, as a SIGSTOP from outside
	// does, and returns when it stands still. It fails where the driver has not begun
	// or has ended, is paused already, is the caller itself, or has no process.
	Pause(ctx context.Context, driver string) error
	// Resume has it go on (SIGCONT). It fails where the driver is not paused.
	Resume(ctx context.Context, driver string) error
}

// Pause implements Pauser.
func (c *Child) Pause(ctx context.Context, driver string) error {
	return c.call(ctx, Record{Kind: RecordPause, Name: driver}, "pause driver "+driver)
}

// Resume implements Pauser.
func (c *Child) Resume(ctx context.Context, driver string) error {
	return c.call(ctx, Record{Kind: RecordResume, Name: driver}, "resume driver "+driver)
}

// call asks the parent to do something and waits until it has.
func (c *Child) call(ctx context.Context, r Record, what string) error {
	call, answered := c.expectAnswer()
	r.Call = call
	if err := c.link.send(r); err != nil {
		return fmt.Errorf("engine: ask the parent to %s: %w", what, err)
	}
	select {
	case err := <-answered:
		return err
	case <-ctx.Done():
		return fmt.Errorf("engine: the parent was asked to %s and has not answered: %w", what, context.Cause(ctx))
	}
}

// fleet is the processes of one run, by driver.
type fleet struct {
	mu        sync.Mutex
	processes map[string]*childProcess
	crashed   []*childProcess // their drivers had them killed
	// starting holds a value for each process that was started and has not begun its driver.
	starting chan struct{}
	// groups are the process groups of the children.
	groups []int
	// before are the orphans that this process had when the run began.
	before []orphans.Process
}

// startsPerCPU is how many processes are started at a time for each processor. More would
// only make each of them slower, until they take longer than they may.
const startsPerCPU = 2

func newFleet() *fleet {
	return &fleet{processes: map[string]*childProcess{}, starting: make(chan struct{}, startsPerCPU*runtime.GOMAXPROCS(0)),
		before: orphans.Adopted()}
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

func (f *fleet) add(c *childProcess) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.processes[c.driver.Name()] = c
}

func (f *fleet) named(driver string) *childProcess {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.processes[driver]
}

// signal does what a child asks for another one.
func (f *fleet) signal(by *childProcess, r Record) error {
	c := f.named(r.Name)
	switch {
	case c == nil:
		return fmt.Errorf("no process runs a driver %q, so it cannot be paused; name another driver of the scenario", r.Name)
	case c == by:
		return fmt.Errorf("driver %s cannot %s itself: it would never go on", r.Name, r.Kind)
	case r.Kind == RecordResume:
		return c.resume()
	}
	return c.pause()
}

// motion says whether a child's process can be paused.
type motion int

const (
	notBegun motion = iota // it has not been told what to run
	moving
	paused
	over // it has ended, or is to end
)

var errNotMoving = map[motion]error{
	notBegun: errors.New("has not begun; meet it at a checkpoint before"),
	paused:   errors.New("is paused already"),
	over:     errors.New("has ended, or was told to stop"),
}

// begins says that the process can be paused from now on.
func (c *childProcess) begins() {
	c.moves.Lock()
	defer c.moves.Unlock()
	if c.motion == notBegun {
		c.motion = moving
	}
}

func (c *childProcess) pause() error {
	if err := c.halt(); err != nil {
		return err
	}
	if err := awaitStopped(c.cmd.Process.Pid); err != nil {
		return fmt.Errorf("wait for the process of driver %s to stand still: %w", c.driver.Name(), err)
	}
	return nil
}

// halt sends the signal. While motion is not over the process has not been waited for,
// so its id is its own.
func (c *childProcess) halt() error {
	c.moves.Lock()
	defer c.moves.Unlock()
	if c.motion != moving {
		return fmt.Errorf("driver %s %w", c.driver.Name(), errNotMoving[c.motion])
	}
	if err := childproc.Stop(c.cmd.Process.Pid); err != nil {
		return fmt.Errorf("stop the process of driver %s: %w", c.driver.Name(), err)
	}
	c.motion = paused
	return nil
}

func (c *childProcess) resume() error {
	c.moves.Lock()
	defer c.moves.Unlock()
	if c.motion != paused {
		return fmt.Errorf("driver %s is not paused", c.driver.Name())
	}
	if err := childproc.Continue(c.cmd.Process.Pid); err != nil {
		return fmt.Errorf("have the process of driver %s go on: %w", c.driver.Name(), err)
	}
	c.motion = moving
	return nil
}

// resumeForGood lets the process go on if it is paused, and nobody pause it again: it
// could not hear that it is to stop, and would be left behind.
func (c *childProcess) resumeForGood() {
	c.moves.Lock()
	defer c.moves.Unlock()
	if c.motion == paused {
		// It may have been killed, and then needs nothing.
		_ = childproc.Continue(c.cmd.Process.Pid)
	}
	c.motion = over
}

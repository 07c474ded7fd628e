package subprocess

import (
	"context"
	"errors"
	"fmt"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/childproc"
)

// Pause implements engine.Pauser.
func (c *child) Pause(ctx context.Context, driver string) error {
	return c.call(ctx, engine.Record{Kind: kindPause, Name: driver}, "pause driver "+driver)
}

// Resume implements engine.Pauser.
func (c *child) Resume(ctx context.Context, driver string) error {
	return c.call(ctx, engine.Record{Kind: kindResume, Name: driver}, "resume driver "+driver)
}

// call asks the parent to do something and waits until it has.
func (c *child) call(ctx context.Context, r engine.Record, what string) error {
	call, answered := c.expectAnswer()
	if err := c.link.send(message{Record: r, Call: call}); err != nil {
		return fmt.Errorf("subprocess: ask the parent to %s: %w", what, err)
	}
	select {
	case err := <-answered:
		return err
	case <-ctx.Done():
		return fmt.Errorf("subprocess: the parent was asked to %s and has not answered: %w", what, context.Cause(ctx))
	}
}

// signal does what a child asks for another one.
func (f *fleet) signal(by *process, m message) error {
	c := f.named(m.Name)
	switch {
	case c == nil:
		return fmt.Errorf("no process runs a driver %q, so it cannot be paused; name another driver of the scenario", m.Name)
	case c == by:
		return fmt.Errorf("driver %s cannot %s itself: it would never go on", m.Name, m.Kind)
	case m.Kind == kindResume:
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
func (c *process) begins() {
	c.moves.Lock()
	defer c.moves.Unlock()
	if c.motion == notBegun {
		c.motion = moving
	}
}

func (c *process) pause() error {
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
func (c *process) halt() error {
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

func (c *process) resume() error {
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
func (c *process) resumeForGood() {
	c.moves.Lock()
	defer c.moves.Unlock()
	if c.motion == paused {
		// It may have been killed, and then needs nothing.
		_ = childproc.Continue(c.cmd.Process.Pid)
	}
	c.motion = over
}

package subprocess

import (
	"context"
	"errors"
	"fmt"

	"github.com/lahja/go-lahja/tools/engine"
)

// Pause implements engine.Pauser.
func (c *child) Pause(ctx context.Context, driver string) error {
	return c.ask(ctx, kindPause, driver, "pause driver "+driver)
}

// Resume implements engine.Pauser.
func (c *child) Resume(ctx context.Context, driver string) error {
	return c.ask(ctx, kindResume, driver, "resume driver "+driver)
}

// ask has the parent do something to another driver.
func (c *child) ask(ctx context.Context, kind engine.RecordKind, driver, what string) error {
	_, err := c.call(ctx, message{Record: engine.Record{Kind: kind, Name: driver}}, what)
	return err
}

// signal does what a child asks for another one.
func (f *fleet) signal(ctx context.Context, by *process, m message) error {
	c := f.named(m.Name)
	switch {
	case c == nil:
		return fmt.Errorf("no process runs a driver %q, so it cannot be paused; name another driver of the scenario", m.Name)
	case c == by:
		return fmt.Errorf("driver %s cannot %s itself: it would never go on", m.Name, m.Kind)
	case m.Kind == kindResume:
		return c.resume(ctx)
	}
	return c.pause(ctx)
}

// motion says whether a child's process can be paused.
type motion int

const (
	notBegun motion = iota // it has not been told what to run
	moving
	paused
	over // it has ended, or is to end
)

// errNotAlive says why a process cannot crash; nil for one that can.
var errNotAlive = map[motion]error{
	notBegun: errNotMoving[notBegun],
	over:     errors.New("has ended already, so that its crash affects nothing"),
}

var errCrashed = errors.New("has crashed already")

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

// pause has the process stand still. While motion is not over the process has not been waited
// for, so its id is its own.
func (c *process) pause(ctx context.Context) error {
	c.moves.Lock()
	defer c.moves.Unlock()
	if c.motion != moving {
		return fmt.Errorf("driver %s %w", c.driver.Name(), errNotMoving[c.motion])
	}
	if err := c.os.Pause(ctx); err != nil {
		return fmt.Errorf("stop the process of driver %s: %w", c.driver.Name(), err)
	}
	c.motion = paused
	return nil
}

func (c *process) resume(ctx context.Context) error {
	c.moves.Lock()
	defer c.moves.Unlock()
	if c.resumed {
		c.resumed = false
		return nil
	}
	if c.motion != paused {
		return fmt.Errorf("driver %s is not paused", c.driver.Name())
	}
	if err := c.os.Resume(ctx); err != nil {
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
		_ = c.os.Resume(context.Background())
	}
	c.motion = over
}

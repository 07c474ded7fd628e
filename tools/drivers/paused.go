package drivers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
)

// pauseWait bounds how long it takes to stop a process and to let it go on: the system
// does either at once, unless the machine is very busy.
const pauseWait = 5 * time.Second

// Paused stops another driver, runs actions, one after the other, while it stands still, and has it
// go on, whether they failed or not. A driver that is a process is stopped as by a SIGSTOP from
// outside. In virtual time a driver stands still likewise: it takes no step, and its endpoint neither
// reads nor writes. The other driver must have begun: meet it at a checkpoint before. It
// arrives at none meanwhile, and the time of what it does runs on. It needs
// engine.DriverPauses.
func Paused(driver string, actions ...Action) Action {
	a := newAction("Paused", []any{driver}, func(ctx context.Context, s *Scope) error {
		return paused(ctx, s, driver, actions)
	}).of(actions...)
	a.pauses = driver
	return a
}

func paused(ctx context.Context, s *Scope, driver string, actions []Action) (err error) {
	pauser, ok := offered[engine.Pauser](s)
	switch {
	case !ok && s.Engine().Capabilities().Has(engine.DriverPauses):
		return fmt.Errorf("engine %s claims %s, but neither its sessions nor its children's coordinators are an engine.Pauser; implement that", s.Engine().Name(), engine.DriverPauses)
	case !ok:
		return errors.New("this engine cannot pause drivers; list engine.DriverPauses in the scenario's Needs")
	}
	stopping, cancel := context.WithTimeout(ctx, pauseWait)
	defer cancel()
	if err := pauser.Pause(stopping, driver); err != nil {
		return err
	}
	s.assignment.Ring.Fault("pauses " + driver)
	s.Logf("driver %s is paused", driver)
	defer func() {
		// Also when the driver was told to end meanwhile.
		going, cancel := context.WithTimeout(context.WithoutCancel(ctx), pauseWait)
		defer cancel()
		if failed := pauser.Resume(going, driver); err == nil {
			err = failed
		}
		s.assignment.Ring.Fault("resumes " + driver)
		s.Logf("driver %s goes on", driver)
	}()
	return runAll(ctx, s, actions)
}

// vetPaused finds drivers to be paused that are none, and checkpoints that would wait
// for one that stands still.
func vetPaused(all []*Driver) []error {
	var problems []error
	parties := Points(all)
	for _, d := range all {
		visitMeant(d.actions, func(a *action) {
			if a.pauses == "" {
				return
			}
			if err := a.vetPause(d, all, parties); err != nil {
				problems = append(problems, fmt.Errorf("driver %s, %s (%s): %w", d.name, limit(a.String(), maxArg), a.source, err))
			}
		})
	}
	return problems
}

func (a *action) vetPause(by *Driver, all []*Driver, parties map[engine.Point][]int) error {
	still := slices.IndexFunc(all, func(d *Driver) bool { return d.name == a.pauses })
	if still < 0 || all[still] == by {
		return fmt.Errorf("%q is no other driver", a.pauses)
	}
	var err error
	walk(a.inner, func(inner Action) {
		if s := (step{action: inner}); s.waits() && slices.Contains(parties[s.point()], still) {
			err = fmt.Errorf("%v waits for %s, which cannot arrive while it stands still", s.point(), a.pauses)
		}
	})
	return err
}

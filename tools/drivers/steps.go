package drivers

import "github.com/lahja/go-lahja/tools/engine"

// maxSteps bounds how many steps of a driver are looked at before the run: more come of
// Repeat alone.
const maxSteps = 10000

// step is one action of a driver in the order in which it is run.
type step struct {
	action Action
	does   effects
	// beside says that the driver may be elsewhere meanwhile: it stands in Background or
	// Parallel. Unmeant says that it stands beneath Throws or DoesNotHold.
	beside, unmeant bool
	// top is the number of the driver's action that it is a part of; see engine.Step.
	top int
}

// own is the step's action where it is one of this package, and meant to succeed.
func (s step) own() (*action, bool) {
	a, ok := ownOf(s.action)
	return a, ok && !s.unmeant
}

// point is where the step meets other drivers; its zero value for any other step.
func (s step) point() engine.Point {
	if a, ok := ownOf(s.action); ok {
		return a.point
	}
	return engine.Point{}
}

// reaches reports whether others wait for the step at its point, and waits whether it waits
// there itself. A checkpoint does both.
func (s step) reaches() bool { a, ok := ownOf(s.action); return ok && a.reaches }
func (s step) waits() bool   { a, ok := ownOf(s.action); return ok && a.meets }

// mayEnd reports whether a background action is cancelled, or expected to fail.
func (d *Driver) mayEnd(name string) bool {
	found := d.hasUnderThrows(func(a *action) bool { return a.joins == name })
	walk(d.actions, func(a Action) {
		own, ok := ownOf(a)
		found = found || ok && own.name == "Cancel" && own.joins == name
	})
	return found
}

// steps lists the actions of the driver with those that they are made of, an action
// before its own, and those of Repeat as often as they are run.
func (d *Driver) steps() []step {
	var all []step
	var visit func(actions []Action, outer step)
	visit = func(actions []Action, outer step) {
		for _, a := range actions {
			if a == nil || len(all) >= maxSteps {
				return
			}
			next := step{action: a, does: effectsOf(a), beside: outer.beside, unmeant: outer.unmeant, top: outer.top}
			all = append(all, next)
			inner, times := innerOf(a), 1
			own, ok := ownOf(a)
			switch {
			case !ok:
				next.beside, next.unmeant = true, true // It runs them as it likes, or not.
			case own.opaque:
				continue
			case own.expectsFailure, own.name == "DoesNotHold":
				next.unmeant = true
			case own.starts != "":
				next.beside = true
				next.unmeant = next.unmeant || d.mayEnd(own.starts)
			case own.name == "Parallel":
				next.beside = true
			case own.name == "Repeat":
				times = own.args[0].(int)
			}
			for range times {
				visit(inner, next)
			}
		}
	}
	for i := range d.actions {
		visit(d.actions[i:i+1], step{top: i + 1})
	}
	return all
}

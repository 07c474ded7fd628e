package drivers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/recording"
)

// atPoint says who did not come to the point at which the driver waited, and where those were.
func (e *explanation) atPoint(own *action) {
	e.waited(own, own.waitsFor.String())
	for _, party := range e.missing(e.waiter, own.point) {
		e.late(party, own.point)
	}
	if len(e.said) == 1 {
		e.said = nil // The failure says as much.
	}
}

// late says why a driver had not come to a point.
func (e *explanation) late(party int, point engine.Point) {
	d, at := e.drivers[party], e.stands(party)
	came := e.came(party, point)
	s := e.coming(party, point)
	switch {
	case point.Kind == engine.AtFinish && !e.finished(party):
		e.standsAt(party)
	case point.Kind == engine.AtFinish:
	case s == nil:
		e.say("%s does so %s in all.", d.name, often(came))
	case at.Ended || e.finished(party):
		own, _ := ownOf(s.action)
		how := "had done all its actions"
		switch {
		case e.crashed(party):
			how = "had crashed"
		case at.Ended:
			how = "had ended"
		}
		e.say("%s %s, and had not come to %s, which stands in its action %d, %s.", d.name, how, limit(own.String(), maxArg), s.top, limit(d.actions[s.top-1].String(), maxArg))
	default:
		e.notYet(party, *s)
	}
}

// standsAt says where a driver was.
func (e *explanation) standsAt(driver int) {
	d, at := e.drivers[driver], e.stands(driver)
	switch {
	case at.Restarted && !at.Ended:
		e.say("%s had crashed, was started again, and %s.", d.name, e.where(at, ""))
	case e.crashed(driver) && at.Index <= len(d.actions):
		e.say("%s had crashed at action %d of %d.", d.name, at.Index, len(d.actions))
	case e.crashed(driver):
		e.say("%s had crashed after its actions.", d.name)
	case at.Ended:
		e.say("%s had ended at action %d of %d.", d.name, at.Index, len(d.actions))
	case at.Index > len(d.actions):
		e.say("%s had done all its actions.", d.name)
	default:
		e.say("%s %s.", d.name, e.where(at, fmt.Sprintf(" of %d", len(d.actions))))
	}
}

// crashed reports whether another driver had it crash.
func (e *explanation) crashed(driver int) bool {
	return e.run != nil && slices.ContainsFunc(e.run.Entries, func(r recording.Entry) bool {
		return r.Kind == recording.Fault && r.Text == crashes+e.drivers[driver].name && !e.origin.Add(r.At).After(e.now)
	})
}

// missing are the drivers that had not come to a point as often as one that waits there.
func (e *explanation) missing(driver int, point engine.Point) (all []int) {
	if e.run == nil || e.run.Outcome.Lost != nil {
		return nil
	}
	round := e.came(driver, point)
	if point.Kind == engine.AtSignal {
		round = e.begun(driver, point)
	}
	for _, party := range Points(e.drivers)[point] {
		if party == driver && point.Kind != engine.AtSignal {
			continue
		}
		if point.Kind == engine.AtFinish && !e.finished(party) || point.Kind != engine.AtFinish && e.came(party, point) < max(1, round) {
			all = append(all, party)
		}
	}
	return all
}

// came is how often a driver had come to a point.
func (e *explanation) came(driver int, point engine.Point) (n int) {
	until := e.now.Sub(e.origin)
	for _, r := range e.run.Entries {
		if r.Driver == driver && r.At <= until && r.Text == point.String() && (r.Kind == recording.Arrived || r.Kind == recording.Signalled) {
			n++
		}
	}
	return n
}

// begun is how often a driver had begun to wait at a point.
func (e *explanation) begun(driver int, point engine.Point) (n int) {
	for _, past := range e.courses[driver].Past {
		if slices.ContainsFunc(e.steps[driver], func(s step) bool {
			own, ok := ownOf(s.action)
			return ok && s.waits() && s.point() == point && past.Index == s.top && (Stand{Action: past.Action}).is(own)
		}) {
			n++
		}
	}
	return n
}

// coming is the step with which a driver comes to a point next; nil for none.
func (e *explanation) coming(driver int, point engine.Point) *step {
	n := e.came(driver, point)
	for _, s := range e.steps[driver] {
		if s.reaches() && s.point() == point {
			if n--; n < 0 {
				return &s
			}
		}
	}
	return nil
}

// need is one driver for which another one waits, as planned, and the step that releases it.
type need struct {
	driver int
	step   *step // nil: the end of its actions
}

// needs are those for which a driver waits at its step, where that can be told.
func (e *explanation) needs(driver int) (all []need) {
	s, ok := e.current(driver)
	switch {
	case !ok:
	case s.waits():
		for _, party := range e.missing(driver, s.point()) {
			if next := e.coming(party, s.point()); next != nil || s.point().Kind == engine.AtFinish {
				all = append(all, need{party, next})
			}
		}
	default:
		for _, t := range slices.Concat(s.does.takes, s.does.pulls) {
			all = append(all, e.onlyLater(driver, func(j int, other step) bool { return other.sendsTo(t, e.drivers[j], e.drivers[driver]) })...)
		}
		for _, w := range s.does.awaits {
			all = append(all, e.onlyLater(driver, func(j int, other step) bool {
				return other.subscribes(w.event) && (w.endpoint == "" || e.drivers[j].Endpoint() == w.endpoint)
			})...)
		}
	}
	return all
}

// current is the step at which a driver stands.
func (e *explanation) current(driver int) (step, bool) {
	if driver == e.waiter {
		return e.at, e.at.action != nil
	}
	at := e.stands(driver)
	if at.Ended {
		return step{}, false
	}
	for _, s := range e.steps[driver] {
		if own, ok := s.own(); ok && s.top == at.Index && len(own.inner) == 0 && at.is(own) {
			return s, true
		}
	}
	return step{}, false
}

// onlyLater is the one driver that has a step of a kind, and has not come to that; none if there
// are several, or one has begun it.
func (e *explanation) onlyLater(driver int, is func(driver int, s step) bool) []need {
	var found []need
	for j, steps := range e.steps {
		for _, s := range steps {
			if _, ok := s.own(); !ok || !is(j, s) {
				continue
			}
			if began, _ := e.ran(j, s); !began.IsZero() || s.beside || e.courses[j].Ended || e.courses[j].Index > s.top || j == driver {
				return nil
			}
			if len(found) > 0 && found[len(found)-1].driver != j {
				return nil
			}
			if len(found) == 0 {
				found = append(found, need{j, &s})
			}
		}
	}
	return found
}

// chain follows the waits from one driver to the next, and names a cycle.
func (e *explanation) chain(from int) {
	path := []int{from}
	for at := from; ; {
		all := e.needs(at)
		if len(all) == 0 {
			return
		}
		next := all[0]
		for _, n := range all {
			if slices.Contains(path, n.driver) {
				next = n
			}
		}
		if begin := slices.Index(path, next.driver); begin >= 0 {
			e.circle(path[begin:])
			return
		}
		if len(path) > 1 {
			e.say("%s waits there for %s.", e.drivers[at].name, e.drivers[next.driver].name)
			if next.step != nil {
				e.notYet(next.driver, *next.step)
			} else {
				e.standsAt(next.driver)
			}
		}
		at = next.driver
		path = append(path, at)
		if len(path) > mostTold+2 {
			return
		}
	}
}

// circle says that drivers wait for each other.
func (e *explanation) circle(path []int) {
	var at []string
	for i, driver := range path {
		s, _ := e.current(driver)
		own, _ := ownOf(s.action)
		at = append(at, e.drivers[driver].name+" for "+e.drivers[path[(i+1)%len(path)]].name+" with "+limit(own.String(), maxArg))
	}
	who := brief.Each(len(path), " and ", func(i int) string { return e.drivers[path[i]].name })
	if len(path) == 1 {
		e.say("%s waits for itself: what it waits for comes after that.", who)
		return
	}
	e.say("So %s wait for each other, as planned: %s. Put one of these actions later.", who, strings.Join(at, ", "))
}

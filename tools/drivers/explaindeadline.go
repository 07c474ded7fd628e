package drivers

import (
	"slices"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
)

// deadline says where the drivers were when the scenario's time was up, and which of them took
// the time: one that waited for no other.
func (e *explanation) deadline() {
	if e.run == nil {
		return
	}
	e.say("The time of the scenario was up after %s.", short(e.now.Sub(e.origin)))
	var roots []int
	told := 0
	for i := range e.drivers {
		if e.courses[i].Ended || e.finished(i) {
			continue
		}
		needs := e.needs(i)
		if len(needs) == 0 {
			roots = append(roots, i)
			continue
		}
		if told++; told <= mostTold {
			at := e.stands(i)
			e.say("%s had waited for %s for %s (action %d, %s).", e.drivers[i].name, e.drivers[needs[0].driver].name,
				short(e.now.Sub(at.Since)), at.Index, limit(engine.Readable(at.Action.String()), maxArg))
		}
	}
	for _, i := range roots[:min(len(roots), mostTold)] {
		e.took(i)
	}
	if len(roots) == 0 && told > 0 {
		e.chain(slices.IndexFunc(e.courses, func(c Course) bool { return !c.Ended }))
	}
}

// took says where a driver was, and which of its actions took the most time.
func (e *explanation) took(driver int) {
	d, at := e.drivers[driver], e.stands(driver)
	if s, ok := e.current(driver); ok && e.explains(s) {
		inner := *e
		inner.waiter, inner.at, inner.since, inner.said = driver, s, at.Since, nil
		inner.failed = &engine.Failure{Kind: engine.FailedTimeout, Driver: d.name, Action: at.Index}
		if own, _ := ownOf(s.action); own.name == "Do" {
			inner.function(own)
		} else {
			inner.wait()
		}
		e.said = append(e.said, inner.said...)
		return
	}
	e.standsAt(driver)
	most, steps, longest := 0, map[int]int{}, map[int]time.Duration{}
	for k, past := range at.Past {
		until := e.now
		if k+1 < len(at.Past) {
			until = at.Past[k+1].Since
		}
		steps[past.Index]++
		if longest[past.Index] += until.Sub(past.Since); longest[past.Index] > longest[most] {
			most = past.Index
		}
	}
	if steps[most] > 1 && most > 0 && most <= len(d.actions) && !d.RunsBeside() {
		e.say("It took most of its time, %s, in %d steps of its action %d, %s.", short(longest[most]), steps[most], most, limit(d.actions[most-1].String(), maxArg))
	}
}

// explains reports whether wait has more to say of a step than where it is.
func (e *explanation) explains(s step) bool {
	own, ok := s.own()
	return ok && !s.waits() && len(own.inner) == 0 && own.name != "Sleep" &&
		(own.name == "Do" || len(s.does.takes)+len(s.does.pulls)+len(s.does.awaits) > 0 || s.does.meets || len(s.does.sends) > 0 && own.waitsFor.format != "")
}

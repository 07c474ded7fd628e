package drivers

import (
	"slices"
	"strings"

	"github.com/lahja/go-lahja/tools/engine"
)

// flow is how far the drivers of a plan may come at most. Whatever may be supplied counts
// as supplied, by any step that may have begun, in whatever order, so that a driver which
// does not come on here comes on in no run.
type flow struct {
	*plan
	// reached is, by driver, the first step that may begin and cannot end.
	reached []int
	// running says that a run is looked at, and not only the plan; did is then, by driver,
	// the last step that it has begun, and waits those of which it is known that they wait
	// at the step that they have reached.
	running bool
	did     []int
	waits   []bool
	// ended are the drivers that do nothing any more. Finished are those that have done all
	// their actions, and whose handlers may still be called.
	ended, finished []bool
	// unknown says that a function of the user's may have run, which may supply anything.
	unknown bool

	senders, subscribers map[event][]spot
	// opens and listens are the endpoints that may do so; strangers are the drivers without,
	// as which a bare connection may introduce itself.
	opens, listens, strangers map[string]bool
}

// flow follows the drivers from their first steps.
func (p *plan) flow() *flow {
	f := &flow{plan: p, reached: make([]int, len(p.drivers)), ended: make([]bool, len(p.drivers)), finished: make([]bool, len(p.drivers)), did: make([]int, len(p.drivers)), waits: make([]bool, len(p.drivers)),
		senders: map[event][]spot{}, subscribers: map[event][]spot{}, opens: map[string]bool{}, listens: map[string]bool{}, strangers: map[string]bool{}}
	for i, d := range p.drivers {
		if name := d.Endpoint(); name != "" {
			f.opens[name], f.listens[name] = true, f.listens[name] || d.initializer.listens
		} else {
			f.opens[d.name], f.listens[d.name], f.strangers[d.name] = true, true, true
		}
		for k, s := range p.steps[i] {
			for _, sent := range s.does.sends {
				f.senders[sent.event] = append(f.senders[sent.event], spot{i, k})
			}
			for _, t := range slices.Concat(s.does.subscribes, s.does.takes) {
				f.subscribers[t] = append(f.subscribers[t], spot{i, k})
			}
			for _, name := range s.does.opens {
				f.opens[name], f.listens[name] = true, true
			}
		}
	}
	return f
}

// run follows the drivers as far as they come, or until anything may be supplied.
func (f *flow) run() {
	for moved := true; moved && !f.unknown; {
		moved = false
		for i, steps := range f.steps {
			for !f.ended[i] && !f.unknown && f.reached[i] < len(steps) && f.passes(i, steps[f.reached[i]]) {
				does := steps[f.reached[i]].does
				f.unknown = does.calls || does.restarts || len(steps) >= maxSteps
				f.reached[i]++
				moved = true
			}
		}
		f.unknown = f.unknown || f.handled()
	}
}

// ends reports whether all drivers have come to their ends.
func (f *flow) ends() bool {
	for i, steps := range f.steps {
		if f.reached[i] < len(steps) {
			return false
		}
	}
	return true
}

// begun reports whether a step may have begun, of a driver that still does something.
func (f *flow) begun(at spot) bool {
	return !f.ended[at.driver] && at.at <= max(f.reached[at.driver], f.did[at.driver])
}

// handled reports whether a handler of the user's may have been called.
func (f *flow) handled() bool {
	for i, steps := range f.steps {
		for k, s := range steps {
			if s.does.handles && f.begun(spot{i, k}) && slices.ContainsFunc(s.does.subscribes, func(t event) bool {
				return f.sent(t, i) || f.running && len(f.senders[t]) > 0 // It may have been called before.
			}) {
				return true
			}
		}
	}
	return false
}

// sent reports whether an event of a type may have been sent to a driver.
func (f *flow) sent(t event, to int) bool {
	return t == "" || ofTheBus(t) || slices.ContainsFunc(f.senders[t], func(at spot) bool {
		s := f.steps[at.driver][at.at]
		return f.begun(at) && (!f.finished[at.driver] || len(s.does.subscribes) > 0) && s.sendsTo(t, f.drivers[at.driver], f.drivers[to])
	})
}

// passes reports whether a driver may come past a step. Nothing is waited for in order by
// what is made of others, or runs beside others, or is meant to fail.
func (f *flow) passes(driver int, s step) bool {
	own, ok := s.own()
	if !ok || s.beside || own.opaque || len(own.inner) > 0 {
		return true
	}
	for _, t := range slices.Concat(s.does.takes, s.does.pulls) {
		if !f.sent(t, driver) {
			return false
		}
	}
	for _, w := range s.does.awaits {
		if !f.subscribed(w.event, func(i int) bool { return w.endpoint == "" || f.drivers[i].Endpoint() == w.endpoint }) {
			return false
		}
	}
	if f.running {
		return !s.waits() || f.meets(s.point()) // All else that cannot be done fails by itself.
	}
	for _, sent := range s.does.sends {
		if sent.needsSubscriber() && !f.subscribed(sent.event, func(i int) bool { return sent.reaches(f.drivers[driver], f.drivers[i]) }) {
			return false
		}
	}
	for _, name := range own.peers {
		if !f.opens[name] || own.connects && !f.listens[name] {
			return false
		}
		if from := f.drivers[driver].Endpoint(); s.does.meets && name != from && !f.strangers[name] && !f.connects(from, name) {
			return false
		}
	}
	return !s.waits() || f.meets(s.point())
}

// subscribed reports whether an endpoint of one of some drivers may subscribe to a type.
func (f *flow) subscribed(t event, by func(driver int) bool) bool {
	return slices.ContainsFunc(f.subscribers[t], func(at spot) bool { return by(at.driver) && f.begun(at) })
}

// meets reports whether all drivers may have reached a point that are to.
func (f *flow) meets(point engine.Point) bool {
	for i, steps := range f.steps {
		if point.Kind == engine.AtFinish {
			if f.drivers[i].name == point.Name && !f.ended[i] && f.reached[i] < len(steps) {
				return false
			}
			continue
		}
		at := slices.IndexFunc(steps, func(s step) bool { return s.reaches() && s.point() == point })
		if at >= 0 && !f.ended[i] && !f.begun(spot{i, at}) {
			return false
		}
	}
	return true
}

// ofTheBus reports whether events of a type come from the bus itself.
func ofTheBus(t event) bool { return strings.HasPrefix(string(t), modulePath+"/lahja.") }

package drivers

import (
	"slices"

	"github.com/lahja/go-lahja/tools/engine"
)

// vetOrder finds what comes in the right order by luck alone: a broadcast or a request that
// may come before anybody has subscribed. It reports nothing where the plan leaves open
// whether a function, or an action beside others, has seen to the order.
func (p *plan) vetOrder() {
	total := 0
	for _, steps := range p.steps {
		total += len(steps)
	}
	if total > maxOrdered {
		return
	}
	m := p.meeting()
	for i, steps := range p.steps {
		for at, s := range steps {
			own, ok := s.own()
			if !ok || s.beside || own.opaque {
				continue
			}
			for _, sent := range s.does.sends {
				if sent.needsSubscriber() && !m.seenTo(i, at, sent) {
					m.tellOrder(i, own, sent)
					return
				}
			}
		}
	}
}

// maxOrdered is how many steps a scenario may have for its order to be looked at, which
// takes as long as the square of them.
const maxOrdered = 400

// spot is a step of a driver.
type spot struct{ driver, at int }

// seenTo reports whether somebody is certain to have subscribed to what is sent at a spot
// when it is sent, or may be so.
func (m *meeting) seenTo(driver, at int, sent sending) bool {
	if m.orderUnknown(spot{driver, at}) {
		return true
	}
	for _, s := range m.steps[driver][:at+1] {
		if slices.Contains(s.does.covers, sent.event) ||
			slices.ContainsFunc(s.does.awaits, func(w awaited) bool { return w.event == sent.event }) {
			return true
		}
	}
	for j, steps := range m.steps {
		for k, s := range steps {
			if s.beside || !slices.Contains(s.does.subscribes, sent.event) || !sent.reaches(m.drivers[driver], m.drivers[j]) {
				continue
			}
			if j == driver && k < at || m.after(spot{j, k}).knows(driver, at) {
				return true
			}
		}
	}
	return false
}

// orderUnknown reports whether a function of the user's, or what Opaque declares, comes
// before a spot: it may have waited for whatever is needed.
func (m *meeting) orderUnknown(before spot) bool {
	for j, steps := range m.steps {
		for k, s := range steps {
			own, _ := ownOf(s.action)
			if !s.does.calls && (own == nil || !own.opaque) {
				continue
			}
			if j == before.driver && k < before.at || j != before.driver && (s.beside || m.after(spot{j, k}).comes(before.driver, before.at)) {
				return true
			}
		}
	}
	return false
}

// reach is what comes after a spot: in each driver the first step that is certain to do,
// and the first before which the driver has also learnt what the spot's subscribes to.
type reach struct{ comes0, knows0 []int }

func (r reach) comes(driver, at int) bool { return at >= r.comes0[driver] }
func (r reach) knows(driver, at int) bool { return at >= r.knows0[driver] }

// never is a step that no driver has.
const never = maxSteps + 1

// after follows a spot through all that one driver waits for of another: checkpoints,
// connections, events, answers and subscriptions.
func (m *meeting) after(from spot) reach {
	if known, ok := m.followed[from]; ok {
		return known
	}
	r := reach{make([]int, len(m.drivers)), make([]int, len(m.drivers))}
	for i := range m.drivers {
		r.comes0[i], r.knows0[i] = never, never
	}
	r.comes0[from.driver] = from.at + 1
	for moved := true; moved; {
		moved = false
		lower := func(at *int, to int) {
			if to < *at {
				*at, moved = to, true
			}
		}
		for i, steps := range m.steps {
			for at := r.comes0[i]; at < len(steps); at++ {
				m.follow(r, from.driver, spot{i, at}, lower)
			}
		}
	}
	m.followed[from] = r
	return r
}

// follow notes what comes after a step that comes after where r began.
func (m *meeting) follow(r reach, subscriber int, at spot, lower func(at *int, to int)) {
	s := m.steps[at.driver][at.at]
	own, _ := ownOf(s.action)
	if s.does.tells || own != nil && own.connects && m.concerns(own, subscriber, at.driver) {
		lower(&r.knows0[at.driver], at.at+1)
	}
	for other, steps := range m.steps {
		if other == at.driver {
			continue
		}
		for k, o := range steps {
			switch {
			case s.reaches() && o.waits() && s.point() == o.point():
				if !m.together(at, spot{other, k}) {
					continue
				}
				lower(&r.comes0[other], k+1)
				if r.knows(at.driver, at.at) {
					lower(&r.knows0[other], k+1)
				}
			case o.point() == engine.Point{Kind: engine.AtFinish, Name: m.drivers[at.driver].name}:
				lower(&r.comes0[other], k+1)
				if r.knows(at.driver, at.at) {
					lower(&r.knows0[other], k+1)
				}
			case m.brings(s, o, at.driver, other):
				// What comes over a connection comes after the subscriptions made before it.
				lower(&r.comes0[other], k+1)
				lower(&r.knows0[other], k+1)
			}
		}
	}
}

// concerns reports whether an action of a driver connects it with the subscriber, or is
// the subscriber's.
func (m *meeting) concerns(a *action, subscriber, driver int) bool {
	return driver == subscriber || slices.Contains(a.peers, m.drivers[subscriber].Endpoint())
}

// together reports whether one step reaches a point in the round for which another waits.
// Where that is not certain it may.
func (m *meeting) together(reaching, waiting spot) bool {
	point := m.steps[reaching.driver][reaching.at].point()
	return m.parties[point] == nil || m.round(reaching, point, step.reaches) == m.round(waiting, point, step.waits)
}

// round counts the steps at a point up to one.
func (m *meeting) round(at spot, point engine.Point, counts func(step) bool) int {
	n := 0
	for _, s := range m.steps[at.driver][:at.at+1] {
		if counts(s) && s.point() == point {
			n++
		}
	}
	return n
}

// brings reports whether one step may be what the other, of another driver, waits for.
func (m *meeting) brings(s, o step, from, to int) bool {
	for _, sent := range s.does.sends {
		if slices.Contains(o.does.takes, sent.event) || slices.Contains(o.does.pulls, sent.event) {
			return true
		}
	}
	for _, asked := range o.does.sends {
		if own, ok := ownOf(o.action); ok && own.waitsFor.format != "" && s.subscribes(asked.event) {
			return true // It waits for an answer, or for a subscription.
		}
	}
	if slices.ContainsFunc(o.does.awaits, func(w awaited) bool { return s.subscribes(w.event) }) ||
		slices.ContainsFunc(o.does.covers, s.subscribes) {
		return true
	}
	a, _ := ownOf(s.action)
	b, _ := ownOf(o.action)
	return a != nil && b != nil && a.connects && o.does.meets && slices.Contains(a.peers, m.drivers[to].Endpoint()) &&
		slices.Contains(b.peers, m.drivers[from].Endpoint())
}

// tellOrder says what comes by luck, and who subscribes.
func (m *meeting) tellOrder(driver int, a *action, sent sending) {
	for j, steps := range m.steps {
		for _, s := range steps {
			if own, ok := ownOf(s.action); ok && s.subscribes(sent.event) && sent.reaches(m.drivers[driver], m.drivers[j]) {
				m.complain(m.drivers[driver], a, "may come before driver %s has subscribed to %s (%s, %s), and fails then; "+
					"wait for the subscription before it: WaitUntilAnyEndpointSubscribedTo[%[2]s](), or a checkpoint that both pass, "+
					"which the other driver reaches after Subscribe or Stream and WaitUntilSubscriptionsKnown()",
					m.drivers[j].name, sent.event.short(), limit(own.String(), maxArg), own.source)
				return
			}
		}
	}
}

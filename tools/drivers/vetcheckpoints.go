package drivers

import (
	"fmt"
	"strings"

	"github.com/lahja/go-lahja/tools/engine"
)

// meeting is the checkpoints and signals of a plan that are certain to be reached: no driver
// reaches them beside other actions, or only if something fails.
type meeting struct {
	*plan
	parties map[engine.Point][]int
	// stops are the steps of each driver at such points, in order.
	stops [][]int
	// at is how many of them each driver has passed. It may wait at the next one.
	at []int
	// reached and waited count, by driver, how often it has reached a point and waited there.
	reached, waited []map[engine.Point]int
	// followed is what comes after the spots that were followed; see after.
	followed map[spot]reach
}

func (p *plan) meeting() *meeting {
	m := &meeting{plan: p, parties: Points(p.drivers), at: make([]int, len(p.drivers)), followed: map[spot]reach{}}
	for i, d := range p.drivers {
		certain := map[engine.Point]int{}
		for _, s := range p.steps[i] {
			if !s.beside && !s.unmeant {
				certain[s.point()]++
			}
		}
		all := map[engine.Point]int{}
		times(d.actions, 1, all)
		for point, n := range all {
			if certain[point] != n {
				delete(m.parties, point)
			}
		}
	}
	for i := range p.drivers {
		var stops []int
		for j, s := range p.steps[i] {
			if m.parties[s.point()] != nil {
				stops = append(stops, j)
			}
		}
		m.stops = append(m.stops, stops)
		m.reached, m.waited = append(m.reached, map[engine.Point]int{}), append(m.waited, map[engine.Point]int{})
	}
	return m
}

// times counts the steps at each point, also those beneath Opaque.
func times(actions []Action, by int, counts map[engine.Point]int) {
	for _, a := range actions {
		if point := (step{action: a}).point(); point.Kind != "" {
			counts[point] += by
		}
		own, ok := ownOf(a)
		if ok && own.name == "Repeat" {
			times(own.inner, by*max(own.args[0].(int), 0), counts)
			continue
		}
		times(innerOf(a), by, counts)
	}
}

// stop is where a driver waits; ok is false for one that has passed all.
func (m *meeting) stop(driver int) (s step, ok bool) {
	if m.at[driver] >= len(m.stops[driver]) {
		return step{}, false
	}
	return m.steps[driver][m.stops[driver][m.at[driver]]], true
}

// pass runs all drivers through their points as far as they come.
func (m *meeting) pass() {
	for i := range m.drivers {
		m.come(i)
	}
	for moved := true; moved; {
		moved = false
		for i := range m.drivers {
			for s, ok := m.stop(i); ok && m.missing(i, s.point()) < 0; s, ok = m.stop(i) {
				m.at[i]++
				m.come(i)
				moved = true
			}
		}
	}
}

// come has a driver go on to the next point at which it waits.
func (m *meeting) come(driver int) {
	for s, ok := m.stop(driver); ok; s, ok = m.stop(driver) {
		if s.reaches() {
			m.reached[driver][s.point()]++
		}
		if s.waits() {
			m.waited[driver][s.point()]++
			return
		}
		m.at[driver]++
	}
	m.reached[driver][engine.Point{Kind: engine.AtFinish, Name: m.drivers[driver].name}] = maxSteps // It stays so.
}

// missing is a driver for which one that waits at a point waits; -1 for none.
func (m *meeting) missing(driver int, point engine.Point) int {
	for _, party := range m.parties[point] {
		if m.reached[party][point] < m.waited[driver][point] {
			return party
		}
	}
	return -1
}

// vetCheckpoints finds a checkpoint or a signal for which a driver waits in vain.
func (p *plan) vetCheckpoints() {
	m := p.meeting()
	m.pass()
	for i := range p.drivers {
		if _, waits := m.stop(i); !waits {
			continue
		}
		var texts []string
		seen := map[int]bool{}
		for at := i; ; {
			seen[at] = true
			s, _ := m.stop(at)
			next := m.missing(at, s.point())
			if _, waits := m.stop(next); !waits {
				m.tell(at, s, next)
				return
			}
			where := fmt.Sprintf("%q", s.point().Name)
			if s.point().Kind != engine.AtCheckpoint {
				where = s.point().String()
			}
			texts = append(texts, fmt.Sprintf("%s waits at %s for %s", p.drivers[at].name, where, p.drivers[next].name))
			if seen[next] {
				own, _ := ownOf(s.action)
				m.complain(m.drivers[at], own, "can never be passed, as drivers reach checkpoints in opposite orders: %s; put the checkpoints in the same order in all of them",
					strings.Join(texts, ", "))
				return
			}
			at = next
		}
	}
}

// tell complains that a driver which waits waits for one that comes too few times.
func (m *meeting) tell(driver int, s step, missing int) {
	own, _ := ownOf(s.action)
	point := s.point()
	did, wanted := often(m.reached[missing][point]), often(m.total(driver, point))
	if point.Kind == engine.AtSignal {
		m.complain(m.drivers[driver], own, "waits for driver %s, which sends the signal %s, and this driver awaits it %s; send it as often", m.drivers[missing].name, did, wanted)
		return
	}
	m.complain(m.drivers[driver], own, "waits for driver %s, which arrives there %s and this driver %s; have both arrive as often", m.drivers[missing].name, did, wanted)
}

// total is how often a driver waits at a point.
func (m *meeting) total(driver int, point engine.Point) int {
	n := 0
	for _, j := range m.stops[driver] {
		if s := m.steps[driver][j]; s.waits() && s.point() == point {
			n++
		}
	}
	return n
}

func often(n int) string {
	switch n {
	case 0:
		return "never"
	case 1:
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

package drivers

import (
	"fmt"
	"slices"
	"strings"
)

// meeting is the checkpoints of a plan whose arrivals are certain: no driver reaches them
// beside other actions, or only if something fails.
type meeting struct {
	*plan
	parties map[string][]int
	// arrivals are the steps of each driver that are arrivals, in order.
	arrivals [][]int
	// at is how many of them each driver has reached, the last of which it may wait at.
	at []int
	// arrived counts them by driver and checkpoint, met by round.
	arrived []map[string]int
	met     map[round]int
	// followed is what comes after the spots that were followed; see after.
	followed map[spot]reach
}

// round is one of a checkpoint, from 1.
type round struct {
	checkpoint string
	n          int
}

func (p *plan) meeting() *meeting {
	m := &meeting{plan: p, parties: Checkpoints(p.drivers), at: make([]int, len(p.drivers)), met: map[round]int{}, followed: map[spot]reach{}}
	for i, d := range p.drivers {
		certain := map[string]int{}
		for _, s := range p.steps[i] {
			if name := s.checkpoint(); name != "" && !s.beside && !s.unmeant {
				certain[name]++
			}
		}
		all := map[string]int{}
		times(d.actions, 1, all)
		for name, n := range all {
			if certain[name] != n {
				delete(m.parties, name)
			}
		}
	}
	for i := range p.drivers {
		var arrivals []int
		for j, s := range p.steps[i] {
			if name := s.checkpoint(); name != "" && m.parties[name] != nil {
				arrivals = append(arrivals, j)
			}
		}
		m.arrivals = append(m.arrivals, arrivals)
		m.arrived = append(m.arrived, map[string]int{})
	}
	return m
}

// times counts the arrivals at each checkpoint, also those beneath Opaque.
func times(actions []Action, by int, counts map[string]int) {
	for _, a := range actions {
		own, ok := a.(*action)
		if ok && own.checkpoint != "" {
			counts[own.checkpoint] += by
		}
		if ok && own.name == "Repeat" {
			times(own.inner, by*max(own.args[0].(int), 0), counts)
			continue
		}
		times(innerOf(a), by, counts)
	}
}

// name is the checkpoint that a driver waits at, "" for one that has passed all.
func (m *meeting) name(driver int) string {
	if m.at[driver] >= len(m.arrivals[driver]) {
		return ""
	}
	return m.steps[driver][m.arrivals[driver][m.at[driver]]].checkpoint()
}

// pass runs all drivers through their checkpoints as far as they come.
func (m *meeting) pass() {
	for i := range m.drivers {
		m.arrive(i)
	}
	for moved := true; moved; {
		moved = false
		for i := range m.drivers {
			for name := m.name(i); name != "" && m.met[round{name, m.arrived[i][name]}] == len(m.parties[name]); name = m.name(i) {
				m.at[i]++
				m.arrive(i)
				moved = true
			}
		}
	}
}

// arrive has a driver arrive at its next checkpoint.
func (m *meeting) arrive(driver int) {
	if name := m.name(driver); name != "" {
		m.arrived[driver][name]++
		m.met[round{name, m.arrived[driver][name]}]++
	}
}

// missing is a driver that one which waits waits for.
func (m *meeting) missing(driver int) int {
	name := m.name(driver)
	return m.parties[name][slices.IndexFunc(m.parties[name], func(p int) bool { return m.arrived[p][name] < m.arrived[driver][name] })]
}

// vetCheckpoints finds a checkpoint that can never be complete.
func (p *plan) vetCheckpoints() {
	m := p.meeting()
	m.pass()
	for i := range p.drivers {
		if m.name(i) == "" {
			continue
		}
		var waits []string
		seen := map[int]bool{}
		for at := i; ; {
			seen[at] = true
			next := m.missing(at)
			if m.name(next) == "" {
				m.tell(at, "waits for driver %s, which arrives there %s and this driver %s; have both arrive as often",
					p.drivers[next].name, often(m.arrived[next][m.name(at)]), often(m.total(at, m.name(at))))
				return
			}
			waits = append(waits, fmt.Sprintf("%s waits at %q for %s", p.drivers[at].name, m.name(at), p.drivers[next].name))
			if seen[next] {
				m.tell(at, "can never be passed, as drivers reach checkpoints in opposite orders: %s; put the checkpoints in the same order in all of them",
					strings.Join(waits, ", "))
				return
			}
			at = next
		}
	}
}

// tell complains of the checkpoint that a driver waits at.
func (m *meeting) tell(driver int, format string, args ...any) {
	a := m.steps[driver][m.arrivals[driver][m.at[driver]]].action.(*action)
	m.complain(m.drivers[driver], a, format, args...)
}

// total is how often a driver arrives at a checkpoint.
func (m *meeting) total(driver int, name string) int {
	n := 0
	for _, j := range m.arrivals[driver] {
		if m.steps[driver][j].checkpoint() == name {
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

package timeline

import (
	"slices"

	"github.com/lahja/go-lahja/tools/recording"
)

// choose returns the at most n drivers that matter most, in the order of the plan: the failed
// one, those that it waits for and those that it exchanged messages with last. Where nothing
// failed, they are those that exchanged the last messages.
func (m *model) choose(n int) []int {
	if len(m.Drivers) <= n {
		return upTo(len(m.Drivers))
	}
	c := chosen{limit: n}
	if f := m.failure; f != nil && f.Driver >= 0 {
		c.add(f.Driver)
		c.add(m.waitedFor(f.Driver)...)
		m.backwards(func(a *message) {
			if a.from == f.Driver || a.to == f.Driver {
				c.add(a.from, a.to)
			}
		})
	}
	if len(c.drivers) < 2 {
		m.backwards(func(a *message) { c.add(a.from, a.to) })
	}
	if len(c.drivers) == 0 {
		c.add(upTo(n)...)
	}
	slices.Sort(c.drivers)
	return c.drivers
}

// backwards calls with the messages before the failure, the last one first.
func (m *model) backwards(with func(a *message)) {
	for i := len(m.messages) - 1; i >= 0; i-- {
		if a := &m.messages[i]; m.failure == nil || a.at <= m.failure.At {
			with(a)
		}
	}
}

// waitedFor are the drivers that had not come to the point at which the driver waited last.
func (m *model) waitedFor(driver int) []int {
	at, arrived := "", map[string]map[int]bool{}
	for _, e := range m.Entries[:m.failure.entry+1] {
		switch e.Kind {
		case recording.Arrived:
			if arrived[e.Text] == nil {
				arrived[e.Text] = map[int]bool{}
			}
			arrived[e.Text][e.Driver] = true
			if e.Driver == driver {
				at = e.Text
			}
		case recording.Released:
			if e.Error == "" {
				delete(arrived[e.Text], e.Driver)
			}
		}
	}
	if at == "" || !arrived[at][driver] {
		return nil
	}
	return slices.DeleteFunc(m.parties(at), func(d int) bool { return arrived[at][d] })
}

type chosen struct {
	limit   int
	drivers []int
}

func (c *chosen) add(drivers ...int) {
	for _, d := range drivers {
		if len(c.drivers) < c.limit && d >= 0 && !slices.Contains(c.drivers, d) {
			c.drivers = append(c.drivers, d)
		}
	}
}

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

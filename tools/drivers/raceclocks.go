package drivers

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// clock is a vector clock: what is certain to have happened before a moment.
type clock struct {
	// done is, by driver, until when its steps come before, by its own clock; -1 for none.
	done []time.Duration
	// told is until when the subscriptions of one driver's endpoint are known to another's.
	told map[told]time.Duration
}

type told struct{ by, to int }

func newClock(drivers int) *clock {
	c := &clock{make([]time.Duration, drivers), map[told]time.Duration{}}
	for i := range c.done {
		c.done[i] = -1
	}
	return c
}

// join takes in what comes before another moment, and reports whether that was new.
func (c *clock) join(other *clock) (changed bool) {
	for i, at := range other.done {
		changed = c.did(i, at) || changed
	}
	for which, at := range other.told {
		changed = c.tell(which.by, which.to, at) || changed
	}
	return changed
}

func (c *clock) did(driver int, at time.Duration) (changed bool) {
	changed = at > c.done[driver]
	c.done[driver] = max(at, c.done[driver])
	return changed
}

func (c *clock) tell(by, to int, until time.Duration) (changed bool) {
	if known, ok := c.told[told{by, to}]; ok && known >= until || until < 0 {
		return false
	}
	c.told[told{by, to}] = until
	return true
}

// knows reports whether an endpoint is certain to know of a subscription of another one.
func (c *clock) knows(endpoint, of int, subscribed time.Duration) bool {
	until, ok := c.told[told{of, endpoint}]
	return ok && until >= subscribed
}

// meet leaves what comes before either of two moments.
func (c *clock) meet(other *clock) {
	for i := range c.done {
		c.done[i] = min(c.done[i], other.done[i])
	}
	for which, at := range c.told {
		if until, ok := other.told[which]; ok {
			c.told[which] = min(at, until)
		} else {
			delete(c.told, which)
		}
	}
}

// moment is the beginning or the end of a step, or when it sends.
type moment struct {
	driver int
	at     time.Duration
	*clock
	before *moment // of the same driver
	causes []cause
	// changes counts how often the clock has changed.
	changes int
}

// cause is something that comes before a moment: a driver's steps until a time, and that two
// endpoints know each other's subscriptions.
type cause struct {
	driver int
	at     time.Duration
	tells  []tells
	// any, if there are some, are causes of which one comes before.
	any []cause
	// seen says how often the last moment of the driver had changed when it was taken in.
	seen int
}

// tells says until when an endpoint knows the subscriptions of another one. Where until is
// negative, it is as long as the driver that knows comes after the other one's steps.
type tells struct {
	told
	until time.Duration
}

// order fills the clocks of all moments.
func (h *history) order() {
	h.moments = make([][]*moment, len(h.drivers))
	for i, ran := range h.ran {
		for _, r := range ran {
			r.begin = &moment{driver: i, at: r.began, clock: newClock(len(h.drivers))}
			r.send, r.end = r.begin, &moment{driver: i, at: r.ended, clock: newClock(len(h.drivers))}
			h.moments[i] = append(h.moments[i], r.begin)
			if does := r.does(); len(does.awaits) > 0 && len(does.sends) > 0 {
				r.send = &moment{driver: i, at: r.began, clock: newClock(len(h.drivers))}
				h.moments[i] = append(h.moments[i], r.send)
			}
			h.moments[i] = append(h.moments[i], r.end)
		}
		slices.SortStableFunc(h.moments[i], func(a, b *moment) int { return cmp.Compare(a.at, b.at) })
		for k := 1; k < len(h.moments[i]); k++ {
			h.moments[i][k].before = h.moments[i][k-1]
		}
	}
	h.addCauses()
	all := slices.Concat(h.moments...)
	slices.SortStableFunc(all, func(a, b *moment) int { return cmp.Compare(a.at, b.at) })
	for changed := true; changed; {
		changed = false
		for _, m := range all {
			changed = h.advance(m) || changed
		}
	}
}

// advance takes in what comes before a moment, and reports whether that has changed.
func (h *history) advance(m *moment) (changed bool) {
	changed = m.did(m.driver, m.at)
	if m.before != nil {
		changed = m.join(m.before.clock) || changed
	}
	for k := range m.causes {
		changed = h.take(m, &m.causes[k]) || changed
	}
	if changed {
		m.changes++
	}
	return changed
}

// take takes in what comes before a moment for one cause.
func (h *history) take(m *moment, c *cause) (changed bool) {
	if len(c.any) > 0 {
		all := h.clockOf(m, c.any[0])
		for _, other := range c.any[1:] {
			all.meet(h.clockOf(m, other))
		}
		return m.join(all)
	}
	if c.driver != m.driver {
		if at := h.last(c.driver, c.at); at != nil && at.changes != c.seen {
			c.seen = at.changes
			changed = m.join(at.clock)
		}
		changed = m.did(c.driver, c.at) || changed
	}
	for _, t := range c.tells {
		changed = m.tell(t.by, t.to, t.of(m)) || changed
	}
	return changed
}

// clockOf is what comes before a moment for one of several causes.
func (h *history) clockOf(m *moment, c cause) *clock {
	known := &moment{driver: m.driver, clock: newClock(len(h.drivers))}
	known.did(m.driver, m.done[m.driver])
	h.take(known, &cause{driver: c.driver, at: c.at, tells: c.tells, seen: -1})
	return known.clock
}

// of is until when it is told at a moment.
func (t tells) of(m *moment) time.Duration {
	if t.until < 0 {
		return m.done[t.by]
	}
	return t.until
}

// last is the last moment of a driver until a time; nil for none.
func (h *history) last(driver int, until time.Duration) *moment {
	all := h.moments[driver]
	n := sort.Search(len(all), func(k int) bool { return all[k].at > until })
	if n == 0 {
		return nil
	}
	return all[n-1]
}

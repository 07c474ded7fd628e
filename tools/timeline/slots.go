package timeline

import (
	"cmp"
	"slices"
	"time"
)

// slot is the time that an end of a message has on its driver's thread of a Chrome trace.
//
// A flow leads from the slice that is under way at its begin to the one at its end. So no two
// slices of a thread may overlap or touch, although in virtual time, or where a driver sends to
// many, a hundred messages have one moment. Those come some nanoseconds later, in their order.
type slot struct {
	driver int
	at     time.Duration
	took   time.Duration
	entry  int
}

// traceSlots returns a slot for each end of each message: message i was sent in slot 2*i and
// received in slot 2*i+1, unless it was lost.
func (m *model) traceSlots() []slot {
	slots := make([]slot, 2*len(m.messages))
	var order []int
	for i := range m.messages {
		a := &m.messages[i]
		slots[2*i] = slot{driver: a.from, at: a.at, took: time.Microsecond, entry: a.sent}
		order = append(order, 2*i)
		if !a.lost() {
			slots[2*i+1] = slot{driver: a.to, at: a.until, took: time.Microsecond, entry: max(a.sent, a.received)}
			order = append(order, 2*i+1)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(slots[a].at, slots[b].at), slots[a].entry-slots[b].entry, a-b)
	})
	spread(slots, order, len(m.Drivers))
	return slots
}

// spread moves slots so that those of a driver follow each other, and no message is received
// before it was sent.
func spread(slots []slot, order []int, drivers int) {
	const least, apart = time.Nanosecond, 2 * time.Nanosecond
	last := make([]*slot, drivers)
	for _, i := range order {
		s := &slots[i]
		if received := i%2 == 1; received {
			s.at = max(s.at, slots[i-1].at+least)
		}
		if before := last[s.driver]; before != nil {
			s.at = max(s.at, before.at+apart)
			before.took = max(least, min(before.took, (s.at-before.at)/2))
		}
		last[s.driver] = s
	}
}

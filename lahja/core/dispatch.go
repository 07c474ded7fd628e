package core

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/lahja"
)

// dispatch gives events to the subscriptions to their type.
func (b *base) dispatch(events *batch, grouped bool) {
	e := events.from.of
	if grouped || len(e.groups) > 0 {
		b.dispatchGroups(events)
		return
	}
	pushTo(events.all(), e.interest.Window, e.blocking, e.pulled, e.handled)
}

// dispatchGroups gives each event to all subscriptions outside of groups, and to one member
// of each group for which the endpoint was chosen.
func (b *base) dispatchGroups(events *batch) {
	e := events.from.of
	for i := range events.events {
		one := events.only(i)
		to := slices.Clone(e.everyone)
		for _, name := range one.groups(0) {
			m := e.groups[name]
			if n := uint64(len(m.subscriptions)); n > 0 {
				to = append(to, m.subscriptions[m.next.Add(1)%n])
				continue
			}
			b.missed(one.all(), fmt.Errorf("nobody here is a member of the queue group %q any more", name))
		}
		if len(to) == 0 && one.rareOf(0) == nil {
			b.missed(one.all(), errors.New("only members of queue groups still subscribe to it here, and it is for none"))
		}
		blocking := 0
		for _, s := range to {
			if s.config.WhenFull == lahja.Block {
				blocking++
			}
		}
		pushTo(one.all(), e.interest.Window, blocking, to)
	}
}

// pushTo queues events of one batch for these subscriptions. blocking is how many of them
// make the sender wait.
func pushTo(events entry, window, blocking int, to ...[]*subscription) {
	b := events.batch
	b.expect(window, blocking)
	if blocking == 0 {
		b.release()
	}
	for _, list := range to {
		for _, s := range list {
			s.push(events)
		}
	}
}

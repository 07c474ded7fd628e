package lahja

// lane is what is under way of one event type to one endpoint: sent and not taken
// there yet. Who holds it guards it.
type lane struct {
	event  string
	window int // what may be under way; 0 is no limit
	under  int // what is
	// waiting is who waits for room in the window, in order.
	waiting []*ticket
}

// open tells whether an event may go. The one that fills the window may go beyond
// it, so that an event larger than all of it can be sent at all.
func (l *lane) open() bool {
	return l.window == 0 || len(l.waiting) == 0 && l.under < l.window
}

// pressed tells whether more than half of the window is under way: more than what the
// other side gives back at once.
func (l *lane) pressed() bool { return l.window > 0 && l.under > l.window/2 }

// taken makes room, and hands on each ticket for which there is some.
func (l *lane) taken(cost int, admit func(*ticket)) {
	l.under = max(0, l.under-cost)
	l.advance(admit)
}

func (l *lane) advance(admit func(*ticket)) {
	for len(l.waiting) > 0 && (l.window == 0 || l.under < l.window) {
		t := l.waiting[0]
		l.waiting = l.waiting[1:]
		l.under += t.frame.cost
		admit(t)
	}
}

// remove takes a ticket out of those that wait, and tells whether it was there.
func remove(from *[]*ticket, t *ticket) bool {
	for i, other := range *from {
		if other == t {
			*from = append((*from)[:i:i], (*from)[i+1:]...)
			return true
		}
	}
	return false
}

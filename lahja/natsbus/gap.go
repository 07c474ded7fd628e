package natsbus

import (
	"maps"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja"
)

// Stats returns what was lost so far.
func (e *Endpoint) Stats() Stats {
	e.mu.Lock()
	defer e.mu.Unlock()
	stats := e.stats
	stats.Events = maps.Clone(e.stats.Events)
	return stats
}

func (e *Endpoint) count(g lahja.Gap) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if g.Earlier {
		e.stats.Earlier += g.Lost
		return
	}
	if e.stats.Events == nil {
		e.stats.Events = map[string]uint64{}
	}
	e.stats.Gaps++
	e.stats.Lost += g.Lost
	e.stats.Events[g.Event] += g.Lost
}

// report must be called without a lock.
func (e *Endpoint) report(all ...lahja.Gap) {
	for _, g := range all {
		e.count(g)
		e.core.Lost(&g)
		if e.opts.OnGap != nil {
			e.opts.OnGap(g)
		}
	}
}

// counted reports a gap if a message to our inbox does not follow the previous one. It also counts
// those that are events.
// Counting begins when the peer is ready.
func (e *Endpoint) counted(l *link, sequence uint64, event bool) {
	e.mu.Lock()
	if event {
		l.addressed++
	}
	last := l.inboxGot
	if last > 0 {
		l.inboxGot = max(last, sequence)
	}
	e.mu.Unlock()
	if last > 0 && sequence > last+1 {
		e.report(lahja.Gap{Peer: l.name, Lost: sequence - last - 1})
	}
}

// countedEvent does the same for an event that is for everybody. It reports whether the
// event came by the current subscription: an earlier one may have left some in the channel.
func (e *Endpoint) countedEvent(l *link, sub *nats.Subscription, name string, sequence uint64) bool {
	e.mu.Lock()
	if e.typeSubs[name] != sub {
		e.mu.Unlock()
		return false
	}
	last, known := l.got[name]
	l.got[name] = max(last, sequence)
	e.mu.Unlock()
	if known && sequence > last+1 {
		e.report(lahja.Gap{Peer: l.name, Event: name, Lost: sequence - last - 1})
	}
	return true
}

// checkMarks reports the difference between what the peer has sent and what arrived.
func (e *Endpoint) checkMarks(l *link, marks map[string]uint64) {
	e.mu.Lock()
	gaps := l.compareLocked(marks)
	e.mu.Unlock()
	e.report(gaps...)
}

func (l *link) compareLocked(marks map[string]uint64) []lahja.Gap {
	var gaps []lahja.Gap
	for name, mark := range marks {
		last, known := l.got[name]
		if known && mark > last {
			gaps = append(gaps, lahja.Gap{Peer: l.name, Event: name, Lost: mark - last})
			l.got[name] = mark
		}
	}
	return gaps
}

// baseline is like checkMarks, for the message with which a peer acknowledges our
// subscriptions. From there on, every event of these types must arrive.
func (e *Endpoint) baseline(l *link, c control) {
	e.mu.Lock()
	gaps := l.compareLocked(c.Marks)
	if c.Acknowledged == e.announced.Number {
		for name := range e.announced.Types {
			if _, known := l.got[name]; !known {
				l.got[name] = c.Marks[name]
			}
		}
	}
	e.mu.Unlock()
	e.report(gaps...)
}

package drivers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/tools/recording"
)

// joined says where a background action was that another one waited for.
func (e *explanation) joined(own *action) {
	e.waited(own, own.waitsFor.String())
	for _, s := range e.steps[e.waiter] {
		start, ok := ownOf(s.action)
		if !ok || start.starts != own.joins {
			continue
		}
		for _, inner := range e.steps[e.waiter] {
			does := inner.does
			if a, ok := inner.own(); ok && inner.beside && inner.top == s.top && len(a.inner) == 0 && a.starts == "" {
				e.say("It was started at action %d, %s.", s.top, limit(start.String(), maxArg))
				for _, t := range slices.Concat(does.takes, does.pulls) {
					e.inBackground(t)
				}
				return // What comes after it is not known to have begun.
			}
		}
	}
}

// inBackground says who would have sent what a background action may wait for. When it began
// was recorded only if it subscribed.
func (e *explanation) inBackground(t event) {
	v := e.evidence(t)
	if v == nil {
		return
	}
	of := func(r recording.Entry) bool { return r.Event == string(t) }
	if began := v.last(e.waiter, recording.Subscribed, of); began != nil && v.last(e.waiter, recording.Taken, of) == nil {
		e.listening, e.how = v.origin.Add(began.At), "subscribed"
		e.senders(t)
	}
}

// parted says who closes the connection that was to end.
func (e *explanation) parted(own *action, from string) {
	e.waited(own, "the end of its connection to "+from)
	e.closers(from)
}

// closers says where a driver was that closes its endpoint, or that it does so at its end.
func (e *explanation) closers(endpoint string) {
	for j, d := range e.drivers {
		if d.Endpoint() != endpoint {
			continue
		}
		for _, s := range e.steps[j] {
			own, ok := s.own()
			if began, _ := e.ran(j, s); !ok || !s.does.closes && own.name != "Crash" || !began.IsZero() {
				continue
			}
			e.notYet(j, s)
			return
		}
		e.say("%s has no action left that closes its endpoint; it stays open until all drivers have finished. Put CloseEndpoint() at the end of %s.", d.name, d.name)
	}
}

// synced says which peers were not done with what was sent to them.
func (e *explanation) synced(own *action) {
	e.waited(own, own.waitsFor.String())
	v := e.evidence("")
	if v == nil {
		return
	}
	me := e.drivers[e.waiter].Endpoint()
	for j, d := range e.drivers {
		if len(own.peers) > 0 && !slices.Contains(own.peers, d.Endpoint()) {
			continue
		}
		v.unhandled(j, func(r recording.Entry) bool { return r.Peer == me })
	}
}

// unhandled says which event a handler of a driver was not done with, and what that waited for.
func (v *evidence) unhandled(driver int, fits func(recording.Entry) bool) {
	for _, came := range v.find(driver, recording.Received, func(r recording.Entry) bool {
		return fits(r) && !ofTheBus(event(r.Event)) && v.handledBy(driver, r.Event)
	}) {
		handled := v.last(driver, recording.Handled, of(lastOf(came)))
		switch {
		case handled != nil && handled.At > (v.waited+v.until)/2:
			v.say("A handler in %s had been busy with %s from %s for %s.", v.drivers[driver].name, event(came.Event).short(), came.Peer, short(handled.Took))
			return
		case v.pending(driver, came):
			v.say("A handler in %s was not done with %s from %s %s after it arrived.", v.drivers[driver].name, event(came.Event).short(), came.Peer, short(v.until-came.At))
			v.busy(driver, []recording.ID{came.ID})
			return
		}
	}
}

// closing says what kept an endpoint from closing.
func (e *explanation) closing(where string) {
	e.say("%s could not close its endpoint for %s (%s).", e.name(), short(e.elapsed()), where)
	if v := e.evidence(""); v != nil {
		v.unhandled(e.waiter, func(recording.Entry) bool { return true })
	}
	if len(e.said) == 1 {
		e.said = nil // The failure says as much.
	}
}

// blocked says whose subscriptions had no room for what was sent.
func (e *explanation) blocked(own *action) {
	t := e.at.does.sends[0].event
	e.say("%s could not send %s for %s (action %d, %s): a receiver takes them too slowly.", e.name(), t.short(), short(e.elapsed()), e.at.top, limit(own.String(), maxArg))
	v := e.evidence(t)
	if v == nil {
		return
	}
	of := func(r recording.Entry) bool { return r.Event == string(t) }
	for j, d := range e.drivers {
		came := counted(v.find(j, recording.Received, of))
		if came == 0 {
			continue
		}
		done := counted(v.find(j, recording.Taken, of)) + counted(v.find(j, recording.Handled, of))
		e.say("%s had received %s and was done with %d of them.", d.name, eventsOf(came), done)
		e.standsAt(j)
	}
}

// noneFailed says what the driver's handlers did that one of them was to fail.
func (e *explanation) noneFailed(own *action) {
	e.waited(own, "a handler to fail")
	if v := e.evidence(""); v != nil {
		handled := v.find(e.waiter, recording.Handled, func(r recording.Entry) bool { return !ofTheBus(event(r.Event)) && r.Error == "" })
		e.say("Handlers of %s had handled %s without an error.", e.name(), eventsOf(counted(handled)))
	}
}

func eventsOf(n int) string {
	if n == 1 {
		return "one event"
	}
	return fmt.Sprintf("%d events", n)
}

// asLine is a text as one line, with an end.
func asLine(text string) string {
	words := strings.Join(strings.Fields(text), " ")
	return strings.TrimSuffix(limit(words, maxText), ".") + "."
}

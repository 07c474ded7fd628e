package drivers

import (
	"fmt"
	"slices"
	"time"

	"github.com/lahja/go-lahja/internal/near"
)

// senders adds what is known of each driver that sends events of a type.
func (e *explanation) senders(t event) {
	subscribed, how := e.subscribedSince(t)
	var early []string // sent before the subscription, and do so no more
	found, later := false, false
	for j, d := range e.drivers {
		ran, next, sends := e.sendsOf(j, t)
		if v := e.evidence(t); v != nil && !sends {
			sends = v.sentByFunction(j)
		}
		found, later = found || sends, later || next != nil
		if ran != nil {
			before := e.sentBefore(j, *ran, subscribed, how)
			if v := e.evidence(t); v != nil {
				v.sent(j, v.windowOf(e.ran(j, *ran)))
			}
			if later = later || !before; before && j != e.waiter {
				early = append(early, d.name)
			}
		}
		if next != nil {
			e.notYet(j, *next)
		}
	}
	e.taken(t)
	if v := e.evidence(t); v != nil {
		v.nearMisses()
	}
	to := e.drivers[e.waiter]
	switch {
	case !found && e.mayDoMore():
		e.say("No action sends one%s; a function may be meant to.", near.Name(t.short(), e.names(e.sent())))
	case !found:
		e.say("No driver sends one%s.", near.Name(t.short(), e.names(e.sent())))
	case len(early) > 0 && !later:
		e.say("An event reaches only endpoints that have subscribed: put WaitUntilEndpointSubscribedTo[%s](%q) before it in %s, or open a Stream in %s earlier.",
			t.short(), to.Endpoint(), early[0], to.name)
	}
}

// sendsOf returns the last step that a driver has run of those that send an event of the type to
// the driver that waits, and the first that it has not. It tells of those that are different.
func (e *explanation) sendsOf(driver int, t event) (ran, next *step, sends bool) {
	d, to := e.drivers[driver], e.drivers[e.waiter]
	for _, s := range e.steps[driver] {
		own, ok := s.own()
		if !ok || !slices.ContainsFunc(s.does.sends, func(sent sending) bool { return sent.event == t }) {
			continue
		}
		sends = true
		began, _ := e.ran(driver, s)
		text := limit(own.String(), maxArg)
		switch {
		case !s.sendsTo(t, d, to):
			e.say("%s sends one (action %d, %s), and not to %s.", d.name, s.top, text, to.name)
		case s.answers(t) && e.at.takes(t):
			e.say("%s sends one as an answer (action %d, %s), which goes to the call that asked, and to no other wait.", d.name, s.top, text)
		case len(s.does.subscribes) > 0:
			e.say("%s sends one when its handler is called (action %d, %s).", d.name, s.top, text)
		case s.beside:
			e.say("%s sends one beside other actions (action %d, %s).", d.name, s.top, text)
			if v := e.evidence(t); v != nil && v.sendsOnce(driver) {
				v.sentBeside(driver)
			}
		case !began.IsZero():
			ran = &s
		case next == nil:
			next = &s
		}
	}
	return ran, next, sends
}

// answers reports whether all that the step sends of a type are answers.
func (s step) answers(t event) bool {
	return !slices.ContainsFunc(s.does.sends, func(sent sending) bool { return sent.event == t && !sent.answer })
}

// takes reports whether the step waits for an event of a type that is broadcast.
func (s step) takes(t event) bool {
	return slices.Contains(s.does.takes, t) || slices.Contains(s.does.pulls, t)
}

// sentBefore says when a driver ran a step that sends, and reports whether it was done before
// the driver that waits subscribed.
func (e *explanation) sentBefore(driver int, s step, subscribed time.Time, how string) bool {
	to := e.drivers[e.waiter].name
	began, done := e.ran(driver, s)
	verb := "ran"
	if done.IsZero() {
		verb = "began"
	}
	own, _ := ownOf(s.action)
	what := fmt.Sprintf("%s %s its action %d, %s,", e.drivers[driver].name, verb, s.top, limit(own.String(), maxArg))
	switch {
	case !done.IsZero() && done.Before(subscribed):
		e.say("%s and was done %s before %s subscribed.", what, short(subscribed.Sub(done)), to)
		return true
	case began.Before(subscribed) && done.IsZero():
		e.say("%s %s before %s %s.", what, short(subscribed.Sub(began)), to, how)
	case began.Before(subscribed):
		e.say("%s while %s subscribed.", what, to)
	default:
		e.say("%s %s after %s %s%s.", what, short(began.Sub(subscribed)), to, how, e.apart(driver))
	}
	return false
}

// taken says where the waiting driver took events of the type before.
func (e *explanation) taken(t event) {
	last := 0
	for _, s := range e.steps[e.waiter] {
		if began, done := e.ran(e.waiter, s); s.top < e.at.top && !began.IsZero() && !done.IsZero() && slices.Contains(append(slices.Clone(s.does.takes), s.does.pulls...), t) {
			last = s.top
		}
	}
	if last > 0 {
		e.say("%s had taken such events before, at action %d for the last time.", e.drivers[e.waiter].name, last)
	}
	if v := e.evidence(t); v != nil {
		v.all()
	}
}

// subscribedSince returns when the waiting driver began to subscribe to a type, and how: with the
// step at which it waits, or, if it takes from a stream, with the last one that opened such.
func (e *explanation) subscribedSince(t event) (since time.Time, how string) {
	if !e.listening.IsZero() {
		return e.listening, e.how
	}
	since, how = e.since, "began to wait"
	if !slices.Contains(e.at.does.pulls, t) {
		return since, how
	}
	for _, s := range e.steps[e.waiter] {
		if began, _ := e.ran(e.waiter, s); s.top < e.at.top && slices.Contains(s.does.subscribes, t) && !began.IsZero() {
			since, how = began, "began to subscribe"
		}
	}
	return since, how
}

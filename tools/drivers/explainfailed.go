package drivers

import (
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/recording"
)

// wentWrong explains a step that failed by itself: nobody had subscribed, nobody listened, the
// other side had gone, or what came was not what it should be.
func (e *explanation) wentWrong() {
	own, _ := ownOf(e.at.action)
	kind := ""
	if e.failed.Call != nil {
		kind = e.failed.Call.Kind
	}
	switch {
	case kind == lahja.ErrNoSubscribers.Error():
		e.noSubscribers(own)
	case kind == lahja.ErrNoListener.Error() && own.connects:
		e.connecting(own)
	case kind == lahja.ErrRemoteDisconnected.Error():
		e.otherSideLeft(own)
	case kind == lahja.ErrLifecycle.Error():
		e.ownClosed(own)
	case kind == lahja.ErrUnexpectedResponse.Error() && len(e.at.does.sends) > 0:
		e.say("%s got another answer than it asked for (action %d, %s): %s", e.name(), e.at.top, limit(own.String(), maxArg), asLine(e.failed.Message))
		t := e.at.does.sends[0].event
		e.subscribers(awaited{event: t})
		if v := e.evidence(t); v != nil {
			v.requested()
		}
	case len(e.at.does.asks) > 0:
		e.askedTooEarly(own, e.at.does.asks[0])
	case kind == "" && own.name == "Do":
		e.failedInFunction(own)
	case kind == "" && (len(e.at.does.refuses) > 0 || len(e.at.does.takes)+len(e.at.does.pulls) > 0 || len(e.at.does.sends) > 0):
		e.wrongValue(own)
	}
}

// noSubscribers says who would have subscribed to what was sent.
func (e *explanation) noSubscribers(own *action) {
	t := event(e.failed.Call.Event)
	e.say("%s sent %s (action %d, %s) when nobody that it knew subscribed to it.", e.name(), t.short(), e.at.top, limit(own.String(), maxArg))
	e.subscribers(awaited{event: t})
	v := e.evidence(t)
	for j, d := range e.drivers {
		if to := d.Endpoint(); v != nil && j != e.waiter && to != "" && slices.ContainsFunc(e.steps[j], func(s step) bool { return s.subscribes(t) }) {
			if !e.toCome(j, t) {
				continue
			}
			v.heard(to)
			e.say("Put WaitUntilEndpointSubscribedTo[%s](%q) before it in %s.", t.short(), to, e.name())
			return
		}
	}
}

// toCome reports whether a driver had still to subscribe to a type, as planned.
func (e *explanation) toCome(driver int, t event) bool {
	return !e.courses[driver].Ended && !slices.ContainsFunc(e.steps[driver], func(s step) bool {
		began, _ := e.ran(driver, s)
		return s.subscribes(t) && (s.beside || !began.IsZero() || s.top < e.courses[driver].Index)
	})
}

// connecting says where the drivers were that serve what was connected to.
func (e *explanation) connecting(own *action) {
	e.say("%s tried %s to connect to what did not listen (action %d, %s).", e.name(), short(e.elapsed()), e.at.top, limit(own.String(), maxArg))
	for _, name := range own.peers {
		for j, d := range e.drivers {
			if d.Endpoint() == name && !e.closed(j) {
				e.standsAt(j)
				e.silent(j)
			}
		}
	}
	if call := e.failed.Call; call != nil {
		e.say("The call was %q.", call.Op)
	}
	if own.addressed {
		e.say("The action was given an address; with the name alone it waits for the driver that serves it, and finds where that listens.")
	}
}

// silent says so where all subscriptions of a driver's endpoint had ended.
func (e *explanation) silent(driver int) {
	v := e.evidence("")
	if v == nil {
		return
	}
	all := func(r recording.Entry) bool { return !ofTheBus(event(r.Event)) }
	began, ended := v.find(driver, recording.Subscribed, all), v.find(driver, recording.Unsubscribed, all)
	if n := len(ended); n > 0 && n == len(began) {
		e.say("Its endpoint had ended all its subscriptions %s before, as a close does.", short(v.until-ended[n-1].At))
	}
}

// closed says so where a driver had closed its endpoint, and reports it.
func (e *explanation) closed(driver int) bool {
	d := e.drivers[driver]
	for _, s := range e.steps[driver] {
		if began, _ := e.ran(driver, s); s.does.closes && !began.IsZero() {
			own, _ := ownOf(s.action)
			e.say("%s had closed its endpoint at action %d, %s, %s before.", d.name, s.top, limit(own.String(), maxArg), short(e.now.Sub(began)))
			return true
		}
	}
	return false
}

// ownClosed says what may have closed the endpoint of the driver that failed.
func (e *explanation) ownClosed(own *action) {
	e.say("%s used its endpoint when that was closed (action %d, %s).", e.name(), e.at.top, limit(own.String(), maxArg))
	if e.closed(e.waiter) {
		return
	}
	for _, s := range e.steps[e.waiter] {
		if began, _ := e.ran(e.waiter, s); s.does.calls && s.top < e.at.top && !began.IsZero() {
			fn, ok := s.own()
			if ok {
				e.say("No action of it closes that; a function that had run may have: action %d, %s%s.", s.top, limit(fn.String(), maxArg), inBrackets(fn.source.String()))
			}
		}
	}
}

// otherSideLeft says how those had ended that were asked or connected.
func (e *explanation) otherSideLeft(own *action) {
	t := event(e.failed.Call.Event)
	e.say("The other side went away while %s was at action %d, %s.", e.name(), e.at.top, limit(own.String(), maxArg))
	v := e.evidence(t)
	for j, d := range e.drivers {
		if v == nil || j == e.waiter || d.Endpoint() == "" || !v.partedFrom(j) {
			continue
		}
		if e.closed(j) {
			continue // How its process ended later explains nothing.
		}
		e.standsAt(j)
		e.exited(v, j)
	}
	if v != nil && t != "" {
		v.requested()
	}
}

// partedFrom reports whether the driver that failed saw the end of its connection to another one.
func (v *evidence) partedFrom(driver int) bool {
	last := v.last(v.waiter, recording.Disconnected, func(r recording.Entry) bool { return r.Peer == v.drivers[driver].Endpoint() })
	return last != nil
}

func (e *explanation) exited(v *evidence, driver int) {
	if exited := v.last(driver, recording.Exited, func(recording.Entry) bool { return true }); exited != nil {
		e.say("Its process ended with %s.", exited.Text)
	}
}

// died says where a process was when it ended, and who waited for it.
func (e *explanation) died() {
	d, at := e.drivers[e.waiter], e.stands(e.waiter)
	e.since = at.Since
	what := fmt.Sprintf("in its action %d, %s, %s after that began", at.Index, limit(engine.Readable(at.Action.String()), maxArg), short(e.now.Sub(at.Since)))
	if at.Index > len(d.actions) {
		what = "after all its actions"
	}
	e.say("The process of %s ended %s: %s.", d.name, what, e.failed.Message)
	if v := e.evidence(""); v != nil {
		for _, came := range v.find(e.waiter, recording.Received, func(r recording.Entry) bool { return !ofTheBus(event(r.Event)) && v.handledBy(e.waiter, r.Event) }) {
			if v.pending(e.waiter, came) {
				e.say("A handler was not done with %s from %s then, which had arrived %s before.", event(came.Event).short(), came.Peer, short(v.until-came.At))
				break
			}
		}
	}
	for j := range e.drivers {
		if j != e.waiter && !e.courses[j].Ended && !e.finished(j) {
			e.standsAt(j)
		}
	}
}

// failedInFunction says which events a function had taken when it failed, and whether the context
// of its call had ended though the run went on.
func (e *explanation) failedInFunction(own *action) {
	head := fmt.Sprintf("%s failed in a function of its action %d, %s: %s", e.name(), e.at.top, limit(own.String(), maxArg), asLine(e.failed.Message))
	if call := e.failed.Call; call != nil && call.Cause != "" {
		e.say("%s The context of that call had ended before the action's did (%s): it is one that the function made.", head, call.Cause)
		if v := e.evidence(event(call.Event)); v != nil && call.Op == "request" {
			v.requested()
		}
		return
	}
	v := e.evidence("")
	if v == nil {
		return
	}
	if took := v.last(e.waiter, recording.Taken, func(r recording.Entry) bool { return r.At >= v.from && !ofTheBus(event(r.Event)) }); took != nil {
		e.say("%s It had taken %s, sent %s.", head, event(took.Event).short(), v.sentBy(*took))
	}
}

// handledBy reports whether the driver had a handler of the type.
func (v *evidence) handledBy(driver int, t string) bool {
	return slices.ContainsFunc(v.steps[driver], func(s step) bool {
		began, _ := v.ran(driver, s)
		return s.does.handles && slices.Contains(s.does.subscribes, event(t)) && !began.IsZero()
	})
}

// handlerFailed says which event a handler failed on, and who had sent it where.
func (e *explanation) handlerFailed() {
	v := e.evidence("")
	if v == nil {
		return
	}
	failed := v.last(e.waiter, recording.Handled, func(r recording.Entry) bool { return r.Error != "" })
	if failed == nil {
		return
	}
	e.say("A handler of %s failed on %s from %s%s. It was sent %s.", e.name(), event(failed.Event).short(), failed.Peer, because(failed.Error), v.sentBy(*failed))
}

// wrongValue says where what came had been sent.
func (e *explanation) wrongValue(own *action) {
	var came []recording.Entry
	v := e.evidence("")
	if v == nil {
		return
	}
	answers := len(e.at.does.takes)+len(e.at.does.pulls)+len(e.at.does.refuses) == 0
	for _, t := range slices.Concat(e.at.does.takes, e.at.does.pulls, e.at.does.refuses) {
		came = append(came, v.find(e.waiter, recording.Taken, func(r recording.Entry) bool { return r.Event == string(t) && r.At >= v.from })...)
	}
	for _, sent := range e.at.does.sends {
		for _, r := range v.find(e.waiter, recording.Answered, func(r recording.Entry) bool {
			return answers && r.Event == string(sent.event) && r.At >= v.from && r.Error == ""
		}) {
			came = append(came, recording.Entry{At: r.At, Event: r.Text, ID: r.Answers, Peer: r.Peer})
		}
	}
	if came = apart(came); len(came) == 0 {
		return
	}
	e.say("%s took what it did not want (action %d, %s): %s", e.name(), e.at.top, limit(own.String(), maxArg), asLine(e.failed.Message))
	for i, r := range came[:min(len(came), mostTold)] {
		which := "It"
		if len(came) > 1 {
			which = fmt.Sprintf("Event %d", i+1)
		}
		e.say("%s was sent %s.", which, v.sentBy(r))
	}
}

// askedTooEarly says when what was asked about would have been so.
func (e *explanation) askedTooEarly(own *action, what awaited) {
	e.say("%s looked once, with %s (action %d), and did not wait.", e.name(), limit(own.String(), maxArg), e.at.top)
	if what.event == "" {
		e.connectors(what.endpoint)
		e.say("WaitUntilConnectedTo(%q) waits for it.", what.endpoint)
		return
	}
	e.subscribers(what)
	if v := e.evidence(what.event); v != nil {
		v.heard(what.endpoint)
	}
	wait := fmt.Sprintf("WaitUntilAnyEndpointSubscribedTo[%s]()", what.event.short())
	if what.endpoint != "" {
		wait = fmt.Sprintf("WaitUntilEndpointSubscribedTo[%s](%q)", what.event.short(), what.endpoint)
	}
	e.say("%s waits for it.", wait)
}

// those are. An event to several receivers is one.
func (v *evidence) ordinal(driver int, sent recording.Entry) (n, of int) {
	all := map[recording.ID]bool{}
	for _, r := range v.find(driver, recording.Sent, func(r recording.Entry) bool { return r.Event == sent.Event && r.Answers.IsZero() }) {
		for k := range uint64(max(1, r.Count)) {
			id := recording.ID{Instance: r.ID.Instance, Sequence: r.ID.Sequence + k}
			if !all[id] && id.Instance == sent.ID.Instance && id.Sequence < lastOf(sent).Sequence {
				n++
			}
			all[id] = true
		}
	}
	return n, len(all)
}

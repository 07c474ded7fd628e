package drivers

import (
	"slices"
	"strings"

	"github.com/lahja/go-lahja/internal/near"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/recording"
)

// hangsInFunction reports whether the step was in a function of the user's, and not in the wait
// of its own, whose error names the type.
func (e *explanation) hangsInFunction(own *action) bool {
	if !e.at.does.calls || e.failed.Kind == engine.FailedStuck {
		return false
	}
	call := e.failed.Call
	wanted := slices.Concat(e.at.does.takes, e.at.does.pulls)
	for _, sent := range e.at.does.sends {
		wanted = append(wanted, sent.event)
	}
	if len(wanted) == 0 || call == nil {
		return true
	}
	if strings.HasPrefix(call.Op, "wait until ") && len(e.at.does.awaits) > 0 || own.takesMany() {
		return false
	}
	v := e.evidence(event(call.Event))
	return !slices.Contains(wanted, event(call.Event)) || v != nil && v.last(e.waiter, recording.Taken, v.during) != nil
}

// takesMany reports whether the action takes several events before it calls its functions.
func (a *action) takesMany() bool {
	return slices.ContainsFunc([]string{"Collect", "RequestAll"}, func(name string) bool { return strings.HasPrefix(a.name, name) })
}

// during reports whether an entry is of the time in which the driver waited, and of the type.
func (v *evidence) during(r recording.Entry) bool {
	return r.Event == string(v.event) && r.At >= v.waited
}

// function says which call on the bus a function had made that had not come back.
func (e *explanation) function(own *action) {
	at := ""
	if place := own.source.String(); place != "" {
		at = ", " + place
	}
	e.say("%s was in a function of its action %d, %s, for %s%s.", e.name(), e.at.top, limit(own.String(), maxArg), short(e.elapsed()), at)
	for _, t := range slices.Concat(e.at.does.takes, e.at.does.pulls) {
		if v := e.evidence(t); v != nil {
			v.over()
		}
	}
	call := e.failed.Call
	if call == nil {
		e.openCalls()
		return
	}
	target, isWait := strings.CutPrefix(call.Op, "wait until ")
	who, subscribed, awaits := strings.Cut(target, " subscribed to ")
	peer, connects := strings.CutPrefix(target, "connected to ")
	gone, parts := strings.CutPrefix(target, "disconnected from ")
	switch {
	case call.Op == "request" && call.Kind == "":
		e.requestInFunction(event(call.Event))
	case call.Op == "next" && call.Kind == "":
		e.waitInFunction(event(call.Event))
	case isWait && awaits:
		e.say("It waited there for %s to subscribe to %s.", who, event(subscribed).short())
		w := awaited{event: event(subscribed), endpoint: who}
		if who == "any endpoint" || who == "all endpoints" {
			w.endpoint = ""
		}
		e.subscribers(w)
		if v := e.evidence(w.event); v != nil {
			v.heard(w.endpoint)
		}
	case isWait && connects:
		e.say("It waited there for a connection to %s.", peer)
		e.connectors(peer)
		e.unknown(peer)
	case isWait && parts:
		e.say("It waited there for the end of the connection to %s.", gone)
		e.closers(gone)
	default:
		e.say("The call that failed there is %q.", call.Op)
	}
}

// over says so where the action's own wait was over.
func (v *evidence) over() {
	if took := v.last(v.waiter, recording.Taken, v.during); took != nil {
		v.say("It had taken %s from %s %s before.", v.event.short(), took.Peer, short(v.until-took.At))
	}
}

// openCalls says which requests and waits were recorded that had not ended.
func (e *explanation) openCalls() {
	v := e.evidence("")
	if v == nil {
		e.say("What it waited for is not known.")
		return
	}
	asked := v.last(e.waiter, recording.Requested, func(r recording.Entry) bool { return r.At >= v.waited })
	if asked != nil {
		if ended := v.last(e.waiter, recording.Answered, func(r recording.Entry) bool { return r.ID == asked.ID }); ended == nil || ended.Error != "" {
			e.requestInFunction(event(asked.Event))
			return
		}
	}
	for _, r := range v.find(e.waiter, recording.Subscribed, func(r recording.Entry) bool { return r.At >= v.waited }) {
		if v.last(e.waiter, recording.Unsubscribed, func(u recording.Entry) bool { return u.Event == r.Event && u.At >= r.At }) == nil {
			e.waitInFunction(event(r.Event))
			return
		}
	}
	e.say("No request and no subscription was recorded there that had not ended: what it waited for is not known.")
}

func (e *explanation) requestInFunction(t event) {
	e.say("It waited there for an answer to its %s.", t.short())
	e.subscribers(awaited{event: t})
	if v := e.evidence(t); v != nil {
		v.requested()
	}
}

// waitInFunction says what is known of an event for which a function waited: with a subscription
// of its own, or with a stream that was opened before.
func (e *explanation) waitInFunction(t event) {
	e.say("It waited there for an event of type %s.", t.short())
	v := e.evidence(t)
	if v == nil {
		return
	}
	began := v.find(e.waiter, recording.Subscribed, v.during)
	if len(began) == 0 {
		began = v.find(e.waiter, recording.Subscribed, func(r recording.Entry) bool { return r.Event == string(t) })
	}
	if len(began) == 0 {
		return
	}
	e.listening, e.how = v.origin.Add(began[0].At), "subscribed"
	v.turnedDown()
	e.senders(t)
}

// turnedDown says which events of the type the function took, and waited on.
func (v *evidence) turnedDown() {
	taken := v.find(v.waiter, recording.Taken, v.during)
	if len(taken) == 0 {
		return
	}
	n := counted(taken)
	what := "It took one, sent"
	if n > 1 {
		what = "It took " + oneOr(n) + ", the last one sent"
	}
	v.say("%s %s, and waited on: look at its condition.", what, v.sentBy(taken[len(taken)-1]))
}

// unknown says so where no driver opens an endpoint of that name.
func (e *explanation) unknown(name string) {
	names := map[string]bool{}
	for _, d := range e.drivers {
		names[d.Endpoint()], names[d.name] = true, true
	}
	if names[name] {
		return
	}
	e.say("No driver opens an endpoint %q%s.", name, near.Name(name, func(yield func(string) bool) {
		for known := range names {
			if known != "" && !yield(known) {
				return
			}
		}
	}))
}

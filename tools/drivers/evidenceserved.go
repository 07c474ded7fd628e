package drivers

import (
	"slices"

	"github.com/lahja/go-lahja/tools/recording"
)

// requested says what became of the request that was waited for.
func (v *evidence) requested() {
	asked := v.last(v.waiter, recording.Requested, func(e recording.Entry) bool { return e.Event == string(v.event) && e.At >= v.waited })
	if asked == nil {
		return
	}
	v.followed(v.waiter, *asked, nil)
}

// followed says what became of a request of a driver, and of those that its servers made in turn.
func (v *evidence) followed(from int, asked recording.Entry, known []recording.ID) {
	its := *v
	its.event = event(asked.Event)
	sent := v.find(from, recording.Sent, of(asked.ID))
	for j, d := range v.drivers {
		if slices.ContainsFunc(sent, func(e recording.Entry) bool { return e.Peer == d.Endpoint() }) && its.served(j, asked) {
			its.busy(j, append(known, asked.ID))
		}
	}
}

// busy says what a driver's endpoint itself waited for while it was not done with a request.
func (v *evidence) busy(by int, known []recording.ID) {
	name := v.drivers[by].name
	came := v.last(by, recording.Received, of(known[len(known)-1]))
	open := v.find(by, recording.Requested, func(e recording.Entry) bool {
		return v.last(by, recording.Answered, func(a recording.Entry) bool { return a.ID == e.ID }) == nil
	})
	if len(open) > 0 {
		asked := open[len(open)-1]
		v.say("Meanwhile %s waited for an answer to its own %s, sent %s before.", name, event(asked.Event).short(), short(v.until-asked.At))
		if len(known) < mostTold && !slices.Contains(known, asked.ID) {
			v.followed(by, asked, known)
		}
		return
	}
	for _, e := range v.find(by, recording.Subscribed, func(e recording.Entry) bool { return came != nil && e.At >= came.At && !ofTheBus(event(e.Event)) }) {
		if v.last(by, recording.Unsubscribed, func(u recording.Entry) bool { return u.Event == e.Event && u.At >= e.At }) == nil {
			v.say("%s after the request came, %s subscribed to %s, and took %s.", short(e.At-came.At), name, event(e.Event).short(), v.took(by, e))
			return
		}
	}
}

// took is how many events a driver has taken since it subscribed.
func (v *evidence) took(by int, since recording.Entry) string {
	n := counted(v.find(by, recording.Taken, func(e recording.Entry) bool { return e.Event == since.Event && e.At >= since.At }))
	if n == 0 {
		return "none"
	}
	return oneOr(n)
}

// served says what a driver did with a request, and reports whether it was not done with it.
func (v *evidence) served(by int, asked recording.Entry) (pending bool) {
	name := v.drivers[by].name
	came := v.last(by, recording.Received, of(asked.ID))
	if came == nil {
		v.say("%s had not received the request %s later%s.", name, short(v.until-asked.At), v.gone(by))
		return false
	}
	answer := v.last(by, recording.Sent, func(e recording.Entry) bool { return e.Answers == asked.ID })
	failed := v.last(by, recording.SendFailed, func(e recording.Entry) bool { return e.Answers == asked.ID })
	dropped := v.last(by, recording.Dropped, of(asked.ID))
	handled := v.last(by, recording.Handled, of(asked.ID))
	taken := v.last(by, recording.Taken, of(asked.ID))
	switch {
	case answer != nil:
		v.say("%s answered with %s, %s after the request.", name, event(answer.Event).short(), short(answer.At-asked.At))
	case failed != nil:
		v.say("%s could not answer%s.", name, because(failed.Error))
	case handled != nil && handled.Error != "":
		v.say("A handler in %s failed after %s%s.", name, short(handled.Took), because(handled.Error))
	case handled != nil:
		v.say("A handler in %s returned after %s without an answer.", name, short(handled.Took))
	case taken != nil:
		v.say("%s took the request %s after it was sent, and had not answered %s later.", name, short(taken.At-asked.At), short(v.until-taken.At))
	case dropped != nil && !dropped.Outgoing:
		v.say("%s dropped the request%s.", name, because(dropped.Error))
	default:
		v.unserved(by, *came)
		return true
	}
	return answer == nil && failed == nil && handled == nil && taken != nil
}

// unserved says where a request was that a driver's endpoint had, and that nobody was done with.
func (v *evidence) unserved(by int, came recording.Entry) {
	name, streams, handlers := v.drivers[by].name, false, false
	for _, s := range v.steps[by] {
		if began, _ := v.ran(by, s); !began.IsZero() && s.subscribes(v.event) {
			handlers = handlers || s.does.handles
			streams = streams || !s.does.handles
		}
	}
	earlier := v.find(by, recording.Received, func(e recording.Entry) bool { return e.Event == string(v.event) && e.At < came.At })
	switch {
	case streams && !handlers && !v.mayDoMore():
		v.say("The request lay in a stream of %s: no action had taken it.", name)
	case handlers && !streams && slices.ContainsFunc(earlier, func(e recording.Entry) bool { return v.pending(by, e) }):
		v.say("No handler in %s was done with an earlier one.", name)
	case handlers && !streams:
		v.say("No handler in %s was done with the request %s after it arrived.", name, short(v.until-came.At))
	default:
		v.say("The request arrived at %s, which was not done with it.", name)
	}
}

// pending reports whether nothing is known of what a driver's endpoint did with an event.
func (v *evidence) pending(driver int, came recording.Entry) bool {
	for _, kind := range []recording.Kind{recording.Handled, recording.Taken, recording.Dropped} {
		if v.last(driver, kind, of(lastOf(came))) != nil {
			return false
		}
	}
	return true
}

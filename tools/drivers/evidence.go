package drivers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/recording"
)

// evidence is what was recorded of events of one type until a wait ended. It is nil where
// something was lost, so that a missing record would prove nothing.
type evidence struct {
	*explanation
	run    *recording.Run
	event  event
	waited time.Duration // when the wait began
	from   time.Duration // and when it did at the earliest
	until  time.Duration // and ended
}

func (e *explanation) evidence(t event) *evidence {
	if e.run == nil || e.run.Outcome.Lost != nil || !e.recorded() {
		return nil
	}
	return &evidence{e, e.run, t, e.since.Sub(e.origin), e.from.Sub(e.origin), e.now.Sub(e.origin)}
}

// recorded reports whether what all endpoints did was recorded, and each has one driver.
func (e *explanation) recorded() bool {
	seen := map[string]bool{}
	for i, d := range e.drivers {
		name := d.Endpoint()
		if i >= len(e.run.Drivers) || e.run.Drivers[i].Unrecorded != "" || name != "" && seen[name] {
			return false
		}
		seen[name] = true
	}
	return true
}

// find returns the entries of a driver until the wait ended that are of this kind and fit.
func (v *evidence) find(driver int, kind recording.Kind, fits func(recording.Entry) bool) (found []recording.Entry) {
	for _, e := range v.run.Entries {
		if e.Driver == driver && e.Kind == kind && e.Endpoint == "" && e.At <= v.until && fits(e) {
			found = append(found, e)
		}
	}
	return found
}

// last is the last entry that fits, nil for none.
func (v *evidence) last(driver int, kind recording.Kind, fits func(recording.Entry) bool) *recording.Entry {
	all := v.find(driver, kind, fits)
	if len(all) == 0 {
		return nil
	}
	return &all[len(all)-1]
}

// of reports whether an entry is about the event with that id.
func of(id recording.ID) func(recording.Entry) bool {
	return func(e recording.Entry) bool {
		return e.ID.Instance == id.Instance && e.ID.Sequence <= id.Sequence && id.Sequence < e.ID.Sequence+uint64(max(1, e.Count))
	}
}

// lastOf is the id of the last event that an entry stands for.
func lastOf(e recording.Entry) recording.ID {
	return recording.ID{Instance: e.ID.Instance, Sequence: e.ID.Sequence + uint64(max(1, e.Count)) - 1}
}

// window is the time of a step; end is 0 if it has not ended.
type window struct{ begin, end time.Duration }

func (v *evidence) windowOf(began, done time.Time) window {
	w := window{begin: began.Sub(v.origin)}
	if !done.IsZero() {
		w.end = done.Sub(v.origin)
	}
	return w
}

// has reports whether an entry is of the step. One of several events may have begun before it.
func (w window) has(e recording.Entry) bool {
	last := e.At
	if e.Count > 1 {
		last += recording.Together
	}
	return last >= w.begin && (w.end == 0 || e.At <= w.end)
}

// sent says what became of the events that a driver had sent in a step.
func (v *evidence) sent(by int, in window) {
	to := v.drivers[v.waiter].Endpoint()
	all := v.find(by, recording.Sent, func(e recording.Entry) bool { return e.Event == string(v.event) && in.has(e) })
	here := slices.DeleteFunc(slices.Clone(all), func(e recording.Entry) bool { return e.Peer != to })
	switch {
	case to == "":
	case len(all) == 0 && in.end > 0:
		v.say("It went to nobody%s.", v.strange(by, to, in.end))
	case len(all) == 0:
	case len(here) == 0:
		v.say("It went to %s%s.", peersOf(all), v.strange(by, to, all[len(all)-1].At))
	default:
		v.arrived(here)
	}
}

// sentBeside says what became of events that a driver sends nowhere else.
func (v *evidence) sentBeside(by int) {
	if v.last(by, recording.Sent, func(e recording.Entry) bool { return e.Event == string(v.event) }) == nil {
		v.say("None had gone to anybody.")
		return
	}
	v.sent(by, window{})
}

// sentByFunction says what became of the events that a driver sent though no action of its plan
// does, and reports whether there are any.
func (v *evidence) sentByFunction(by int) bool {
	all := v.find(by, recording.Sent, func(e recording.Entry) bool { return e.Event == string(v.event) })
	if len(all) == 0 || v.sends(by, v.event) {
		return false
	}
	how := "such events"
	to := v.drivers[v.waiter].Endpoint()
	if n := counted(slices.DeleteFunc(all, func(e recording.Entry) bool { return e.Peer != to })); n > 0 {
		how = oneOr(n) + " to " + to
	}
	v.say("%s sent %s, in a function.", v.drivers[by].name, how)
	v.sent(by, window{})
	return true
}

func oneOr(n int) string {
	if n == 1 {
		return "one"
	}
	return strconv.Itoa(n)
}

// peersOf names the receivers of events.
func peersOf(all []recording.Entry) string {
	var names []string
	for _, e := range all {
		if !slices.Contains(names, e.Peer) {
			names = append(names, e.Peer)
		}
	}
	return brief.Each(len(names), " and ", func(i int) string { return names[i] })
}

// strange says why an endpoint got nothing from a driver at some moment.
func (v *evidence) strange(by int, to string, at time.Duration) string {
	name := v.drivers[by].name
	met, types := v.knows(by, to, at)
	switch {
	case to == v.drivers[by].Endpoint():
		return ""
	case !met:
		return "; " + name + " was not connected to " + to + " then"
	case types != nil && !slices.Contains(types, string(v.event)):
		return "; " + to + " had not told " + name + " of a subscription to it then"
	}
	return ""
}

// knows says whether a driver's endpoint was connected to another one at some moment, and what
// that had told it that it subscribes to; nil if that is not known.
func (v *evidence) knows(driver int, peer string, at time.Duration) (met bool, types []string) {
	for _, e := range v.run.Entries {
		if e.Driver != driver || e.Endpoint != "" || e.Peer != peer || e.At > at {
			continue
		}
		switch e.Kind {
		case recording.Connected, recording.Announced:
			if met, types = true, strings.Split(e.Text, ", "); recording.WasCut(e.Text) {
				types = nil
			}
		case recording.Disconnected:
			met, types = false, nil
		}
	}
	return met, types
}

// arrived says what the waiting driver's endpoint did with events that were sent to it.
func (v *evidence) arrived(sent []recording.Entry) {
	to := v.drivers[v.waiter].name
	last := sent[len(sent)-1]
	id := lastOf(last)
	came := v.last(v.waiter, recording.Received, of(id))
	if came == nil {
		if dropped := v.last(last.Driver, recording.Dropped, of(id)); dropped != nil && dropped.Outgoing {
			v.say("%s dropped it%s.", v.drivers[last.Driver].name, because(dropped.Error))
			return
		}
		v.say("%s had not received it %s later%s.", to, short(v.until-last.At), v.gone(v.waiter))
		return
	}
	during := counted(v.find(v.waiter, recording.Received, func(e recording.Entry) bool {
		return e.Event == string(v.event) && e.Peer == came.Peer && e.At >= v.waited
	}))
	when := fmt.Sprintf("It arrived %s before %s began to wait", short(v.waited-came.At), to)
	switch {
	case came.Count > 1 && came.At < v.waited && v.waited-came.At < recording.Together:
		when = fmt.Sprintf("It arrived about when %s began to wait", to)
	case during == 1:
		when = fmt.Sprintf("One arrived %s after %s had begun to wait", short(came.At-v.waited), to)
	case during > 1:
		when = fmt.Sprintf("%d arrived while %s waited, the last one after %s", during, to, short(came.At-v.waited))
	}
	if dropped := v.last(v.waiter, recording.Dropped, of(id)); dropped != nil && !dropped.Outgoing {
		last := ", and was dropped"
		if during > 1 {
			last = "; the last one was dropped"
		}
		v.say("%s%s%s.", when, last, because(dropped.Error))
		return
	}
	v.say("%s.", when)
}

// met reports whether the waiting driver's endpoint was connected to another one when the wait
// ended. It says so where it had been before.
func (v *evidence) met(name string) bool {
	if met, _ := v.knows(v.waiter, name, v.until); met {
		return true
	}
	of := func(e recording.Entry) bool { return e.Peer == name }
	last := v.last(v.waiter, recording.Disconnected, of)
	if refused := v.last(v.waiter, recording.Refused, of); last == nil || refused != nil && refused.At > last.At {
		last = refused
	}
	if last != nil {
		v.say("%s was %s %s before it gave up%s.", name, last.Kind, short(v.until-last.At), because(last.Error))
	}
	return false
}

// because is an error as the end of a sentence.
func because(text string) string {
	if text == "" {
		return ""
	}
	return ": " + strings.TrimSuffix(text, ".")
}

// gone says so where a driver's process had ended, or was paused.
func (v *evidence) gone(driver int) string {
	for j, d := range v.drivers {
		paused := v.last(j, recording.Fault, func(e recording.Entry) bool { return e.Text == "pauses "+v.drivers[driver].name })
		resumed := v.last(j, recording.Fault, func(e recording.Entry) bool { return e.Text == "resumes "+v.drivers[driver].name })
		if paused != nil && (resumed == nil || resumed.At < paused.At) {
			return "; " + d.name + " had paused its process " + short(v.until-paused.At) + " before"
		}
	}
	if exited := v.last(driver, recording.Exited, func(recording.Entry) bool { return true }); exited != nil {
		return "; its process had ended with " + exited.Text
	}
	return ""
}

// counted is how many events entries stand for.
func counted(all []recording.Entry) (n int) {
	for _, e := range all {
		n += max(1, e.Count)
	}
	return n
}

// unheard says which of the connected endpoints had told nothing of a subscription.
func (v *evidence) unheard() {
	for _, d := range v.drivers {
		if to := d.Endpoint(); to != "" && to != v.drivers[v.waiter].Endpoint() {
			if met, _ := v.knows(v.waiter, to, v.until); met {
				v.heard(to)
			}
		}
	}
}

// heard says what the waiting driver's endpoint knew of another one's subscriptions.
func (v *evidence) heard(of string) {
	me := v.drivers[v.waiter]
	met, types := v.knows(v.waiter, of, v.until)
	switch {
	case of == "" || of == me.Endpoint():
	case !met:
		v.say("%s was not connected to %s.", me.name, of)
	case types != nil && !slices.Contains(types, string(v.event)):
		v.say("%s had not told %s of a subscription to it.", of, me.name)
	}
}

// unsubscribed says so where a driver's endpoint had ended all its subscriptions to the type.
func (v *evidence) unsubscribed(driver int) {
	of := func(e recording.Entry) bool { return e.Event == string(v.event) }
	began, ended := v.find(driver, recording.Subscribed, of), v.find(driver, recording.Unsubscribed, of)
	if n := len(ended); n > 0 && n == len(began) && driver != v.waiter {
		v.say("%s had ended its subscription to it %s before.", v.drivers[driver].name, short(v.until-ended[n-1].At))
	}
}

// all says how many events of the type had come, and how many of them the driver had taken.
func (v *evidence) all() {
	of := func(e recording.Entry) bool { return e.Event == string(v.event) && e.Answers.IsZero() }
	came, took := counted(v.find(v.waiter, recording.Received, of)), counted(v.find(v.waiter, recording.Taken, of))
	switch name := v.drivers[v.waiter].name; {
	case took == 0:
	case took < came, !v.listening.IsZero():
		v.say("In all, %s had arrived at %s, and it had taken %d.", eventsOf(came), name, took)
	default:
		v.say("In all, %s had arrived at %s, which had taken as many: have more sent, or wait for fewer.", eventsOf(came), name)
	}
}

// sendsOnce reports whether one action alone of a driver sends events of the type.
func (v *evidence) sendsOnce(driver int) bool {
	n := 0
	for _, s := range v.steps[driver] {
		if slices.ContainsFunc(s.does.sends, func(sent sending) bool { return sent.event == v.event }) {
			n++
		}
	}
	return n == 1
}

// nearMisses says what else came while the driver waited, if nothing of the type did.
func (v *evidence) nearMisses() {
	name := v.drivers[v.waiter].name
	if dropped := v.last(v.waiter, recording.Dropped, func(e recording.Entry) bool {
		return e.Event == string(v.event) && !e.Outgoing && !e.Answers.IsZero()
	}); dropped != nil {
		v.say("%s dropped an answer of that type from %s %s before%s.", name, dropped.Peer, short(v.until-dropped.At), because(dropped.Error))
	}
	if differ := v.last(v.waiter, recording.TypesDiffer, func(e recording.Entry) bool { return e.Event == string(v.event) }); differ != nil {
		v.say("%s and %s have different versions of that type%s.", name, differ.Peer, because(differ.Error))
	}
	during := v.find(v.waiter, recording.Received, func(e recording.Entry) bool { return e.At >= v.waited && !ofTheBus(event(e.Event)) })
	if len(during) == 0 || slices.ContainsFunc(during, func(e recording.Entry) bool { return e.Event == string(v.event) }) {
		return
	}
	last := during[len(during)-1]
	v.say("Meanwhile %s received %s from %s, of another type.", name, event(last.Event).short(), last.Peer)
}

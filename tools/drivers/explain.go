package drivers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/recording"
)

// Course is what a run knows of one driver: where it stood at last, since when, and the steps
// that it began, the last ones if they are many.
type Course struct {
	Stand
	Since time.Time
	Past  []engine.Step
}

// Explain says in words why a run did not finish: who was stuck or failed at which action, who
// could have released it, and where those were at that moment. It asserts only what the plan,
// the times of the steps and the recording show; that may be nil. It returns "" where they show
// nothing that the failure does not say itself. At is when the failure was recorded.
func Explain(all []*Driver, failed *engine.Failure, at time.Time, courses []Course, run *recording.Run) string {
	p := &plan{drivers: all}
	for _, d := range all {
		p.steps = append(p.steps, d.steps())
	}
	e := &explanation{plan: p, failed: failed, courses: courses, run: run, now: at,
		waiter: slices.IndexFunc(all, func(d *Driver) bool { return d.name == failed.Driver })}
	if run != nil {
		e.origin = run.Began
	}
	e.atFailure()
	e.courses = nil
	for i, c := range courses {
		e.courses = append(e.courses, e.until(i, c))
	}
	switch {
	case len(courses) != len(all):
	case failed.Kind == engine.FailedDeadline:
		e.deadline()
	case e.waiter < 0:
	case failed.Kind == engine.FailedProcess:
		e.died()
	case failed.Kind == engine.FailedHandler:
		e.handlerFailed()
	case failed.Text == endOfDriver && failed.Kind == engine.FailedTimeout:
		e.since, e.from = e.now.Add(-failed.Elapsed), e.now.Add(-failed.Elapsed)
		e.closing("its end")
	case !e.locate():
	case failed.Kind == engine.FailedAssertion || failed.Kind == engine.FailedError:
		e.wentWrong()
	case failed.Kind == engine.FailedIgnored && e.at.does.calls:
		own, _ := ownOf(e.at.action)
		e.function(own)
	case failed.Kind == engine.FailedTimeout || failed.Kind == engine.FailedStuck || failed.Kind == engine.FailedCheckpoint:
		e.wait()
	}
	return strings.Join(e.said, " ")
}

// explanation is of one failure.
type explanation struct {
	*plan
	failed  *engine.Failure
	courses []Course
	run     *recording.Run // nil for none
	origin  time.Time      // of its times
	// now is the moment that is explained: the failure, or the end of the wait.
	now time.Time
	// waiter is the driver that failed, at the step at, which began at since.
	waiter int
	at     step
	since  time.Time
	// from is when it began at the earliest.
	from time.Time
	// listening is when the waiter subscribed, if a function did; how says how.
	listening time.Time
	how       string
	said      []string
}

// atFailure takes the moment of the failure from the driver that told it, if that was recorded.
func (e *explanation) atFailure() {
	if e.run == nil || e.waiter < 0 {
		return
	}
	for _, r := range e.run.Entries {
		if r.Driver == e.waiter && r.Kind == recording.Failed {
			e.now = e.origin.Add(r.At)
			return
		}
	}
}

// until is what was known of a driver at the failure. Others went on until they were told of it,
// and what processes tell arrives late.
func (e *explanation) until(driver int, c Course) Course {
	n := len(c.Past)
	for n > 0 && c.Past[n-1].Since.After(e.now) {
		n--
	}
	began := len(c.Past) > 0
	switch c.Past = c.Past[:n]; {
	case n > 0:
		last := c.Past[n-1]
		c.Index, c.Action, c.Since = last.Index, last.Action, last.Since
	case began:
		c.Index = 0
	}
	if e.run != nil {
		c.Ended, c.Restarted = false, false
		for _, r := range e.run.Entries {
			if r.Driver == driver && (r.Kind == recording.Ended || r.Kind == recording.Restarted) && !e.origin.Add(r.At).After(e.now) {
				c.Ended, c.Restarted = r.Kind == recording.Ended, c.Restarted || r.Kind == recording.Restarted
			}
		}
	}
	return c
}

// hadAsked reports whether the driver's own request was recorded.
func (e *explanation) hadAsked() bool {
	for _, sent := range e.at.does.sends {
		if v := e.evidence(sent.event); v != nil && v.last(e.waiter, recording.Requested, v.during) != nil {
			return true
		}
	}
	return false
}

// locate finds the step that failed.
func (e *explanation) locate() bool {
	text := cmp.Or(e.failed.Inner, e.failed.Text)
	if strings.HasPrefix(text, "ReceivesNothing[") {
		text = e.failed.Text // What it runs in the end has no arguments.
	}
	is := func(s step) bool {
		own, ok := ownOf(s.action)
		full := ""
		if ok {
			full = own.String()
		}
		return ok && (len(own.inner) == 0 || len(s.does.refuses) > 0) && (engine.Readable(full) == text || limit(full, maxArg) == text)
	}
	steps := e.steps[e.waiter]
	k := slices.IndexFunc(steps, func(s step) bool { return s.top == e.failed.Action && is(s) })
	if k < 0 {
		k = slices.IndexFunc(steps, func(s step) bool { return s.beside && is(s) })
	}
	if k < 0 {
		return false
	}
	e.at = steps[k]
	if e.since, _ = e.ran(e.waiter, e.at); !e.since.IsZero() {
		e.now, e.from = e.since.Add(e.failed.Elapsed), e.since
		return true
	}
	// What runs in the background, or is made of others, tells no step.
	e.since = e.now.Add(-e.failed.Elapsed)
	for _, past := range e.courses[e.waiter].Past {
		if past.Index < e.at.top {
			e.from = past.Since
		}
	}
	return true
}

// elapsed is how long the step took that failed.
func (e *explanation) elapsed() time.Duration { return e.now.Sub(e.since) }

// wait says what the driver that failed waited for.
func (e *explanation) wait() {
	own, _ := ownOf(e.at.action)
	does, call := e.at.does, e.failed.Call
	asked := call != nil && call.Op == "request" || call == nil && e.hadAsked()
	switch {
	case e.at.waits():
		e.atPoint(own)
	case own.joins != "":
		e.joined(own)
	case e.hangsInFunction(own):
		e.function(own)
	case len(does.takes)+len(does.pulls) > 0:
		t := append(slices.Clone(does.takes), does.pulls...)[0]
		e.waited(own, "an event of type "+t.short())
		e.senders(t)
	case len(does.awaits) > 0 && !asked:
		e.awaited(own, does.awaits[0])
	case len(does.subscribes) > 0 && own.waitsFor.format != "":
		e.served(own, does.subscribes[0])
	case len(does.sends) > 0 && own.waitsFor.format != "":
		e.asked(own, does.sends[0].event)
	case does.meets:
		e.waited(own, "a connection to "+strings.Join(own.peers, ", "))
		for _, name := range own.peers {
			e.connectors(name)
		}
	case own.name == "WaitUntilDisconnectedFrom":
		e.parted(own, own.args[0].(string))
	case len(does.covers) > 0 && own.waitsFor.format != "":
		e.waited(own, own.waitsFor.String())
		e.subscribers(awaited{event: does.covers[0]})
		if v := e.evidence(does.covers[0]); v != nil {
			v.unheard()
		}
	case own.name == "HandlerThrows":
		e.noneFailed(own)
	case own.name == "Sync":
		e.synced(own)
	case own.name == "ShutdownEndpoint" || own.name == "CloseEndpoint":
		e.closing(fmt.Sprintf("action %d, %s", e.at.top, own))
	case len(does.sends) > 0 && call != nil && call.Kind == lahja.ErrQueueFull.Error():
		e.blocked(own)
	case own.connects:
		e.connecting(own)
	case own.name == "Sleep":
		e.say("%s slept (action %d, %s), which takes longer than the %s that the action had.", e.name(), e.at.top, limit(own.String(), maxArg), short(e.elapsed()))
	}
	if len(e.said) > 0 {
		e.chain(e.waiter)
	}
}

func (e *explanation) name() string { return e.drivers[e.waiter].name }

// waited says for what the driver waited, and where.
func (e *explanation) waited(own *action, what string) {
	e.say("%s waited %s for %s (action %d, %s).", e.name(), short(e.elapsed()), what, e.at.top, limit(own.String(), maxArg))
}

func (e *explanation) awaited(own *action, w awaited) {
	who := "any endpoint"
	if w.endpoint != "" {
		who = w.endpoint
	}
	e.waited(own, who+" to subscribe to "+w.event.short())
	e.subscribers(w)
	if v := e.evidence(w.event); v != nil {
		v.heard(w.endpoint)
	}
}

func (e *explanation) asked(own *action, t event) {
	e.waited(own, "an answer to its "+t.short())
	e.subscribers(awaited{event: t})
	if v := e.evidence(t); v != nil {
		v.requested()
	}
}

// served says how many requests a Serve with a number has had.
func (e *explanation) served(own *action, t event) {
	e.waited(own, own.waitsFor.String()+" of type "+t.short())
	if v := e.evidence(t); v != nil {
		came := counted(v.find(e.waiter, recording.Received, func(r recording.Entry) bool { return r.Event == string(t) && r.At >= v.waited }))
		e.say("%d had arrived.", came)
	}
	e.senders(t)
}

func (e *explanation) say(format string, args ...any) {
	e.said = append(e.said, fmt.Sprintf(format, args...))
}

package drivers

import (
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/engine"
)

// Stand is where a driver stands in a run.
type Stand struct {
	// Index and Action are those of its step; see engine.Step.
	Index  int
	Action fmt.Stringer
	// Ended says that it does nothing any more, Restarted that it has crashed and was started
	// again.
	Ended, Restarted bool
}

// Stuck returns the failure of a driver that waits for an event or a subscription which
// no driver can supply any more: all that could have ended, or are stuck themselves. It is
// nil where there is none, and where a function of the user's may have seen to it. What is
// under way from a driver that has ended counts for nothing, so that the run must have
// stood still for a while.
func Stuck(all []*Driver, at []Stand) *engine.Failure {
	p := &plan{drivers: all}
	for _, d := range all {
		p.steps = append(p.steps, d.steps())
	}
	f := p.flow()
	f.running = true
	for i, stand := range at {
		f.stands(i, stand)
	}
	start := slices.Clone(f.reached)
	f.run()
	if f.unknown {
		return nil
	}
	for i, steps := range f.steps {
		if k := f.reached[i]; f.waits[i] && k == start[i] && k < len(steps) && !steps[k].waits() {
			return f.failure(i, steps[k], at[i].Index)
		}
	}
	return nil
}

// is reports whether the driver stands at an action. Of another process only the text is
// known.
func (s Stand) is(a *action) bool {
	if text, ok := s.Action.(engine.Text); ok {
		return string(text) == engine.Readable(a.String())
	}
	made, ok := s.Action.(interface{ own() *action })
	return ok && made.own() == a
}

// stands notes where a driver stands. Everything of its top-level action counts as begun.
func (f *flow) stands(driver int, at Stand) {
	steps := f.steps[driver]
	f.ended[driver] = at.Ended
	f.finished[driver] = at.Index > len(f.drivers[driver].actions)
	f.unknown = f.unknown || len(steps) >= maxSteps
	next := len(steps) // The first step that the driver has not begun for sure.
	for k, s := range steps {
		if s.top > at.Index && !at.Ended {
			next = k
			break
		}
		own, ok := ownOf(s.action)
		switch {
		case !ok, own.pauses != "", s.does.restarts:
			f.unknown = true // Somebody's own, or a driver may not come on although it could, or runs again.
		case (at.Ended || f.finished[driver]) && !own.opaque:
			// What its functions left behind is a failure by itself.
		case s.does.calls:
			f.unknown = true
		}
	}
	f.did[driver], f.reached[driver] = next-1, next
	if at.Ended {
		return
	}
	for k, s := range steps[:next] {
		if own, ok := s.own(); ok && s.top == at.Index && !s.beside && len(own.inner) == 0 && at.is(own) {
			f.reached[driver], f.waits[driver] = k, true
			return
		}
	}
}

// failure says what a stuck driver waits for, and who could have supplied it.
func (f *flow) failure(driver int, s step, index int) *engine.Failure {
	d := f.drivers[driver]
	own, _ := ownOf(s.action)
	what, sources := "", []spot(nil)
	for _, t := range slices.Concat(s.does.takes, s.does.pulls) {
		if !f.sent(t, driver) {
			what, sources = "send "+t.short()+" to it", f.senders[t]
		}
	}
	for _, w := range s.does.awaits {
		if what == "" {
			what, sources = "subscribe to "+w.event.short(), f.subscribers[w.event]
		}
	}
	var who []string
	for _, at := range sources {
		name, state := f.drivers[at.driver].name, "is stuck itself"
		switch {
		case f.ended[at.driver]:
			state = "has ended"
		case f.finished[at.driver]:
			state = "has finished its actions"
		}
		if text := name + " " + state; at.driver != driver && !slices.Contains(who, text) {
			who = append(who, text)
		}
	}
	message := "no driver can " + what + " any more"
	if len(who) > 0 {
		message += ": " + brief.List(who)
	}
	return &engine.Failure{Kind: engine.FailedStuck, Driver: d.name, Endpoint: d.Endpoint(), Action: index,
		Text: limit(own.String(), maxArg), Source: own.source.or(d.source).String(), WaitedFor: own.waitsFor.String(), Message: message}
}

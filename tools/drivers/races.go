package drivers

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/recording"
)

// Race is an order that a run which passed had by luck: an event was sent before or after an
// endpoint subscribed to it, or came before that of another sender as was expected, and nothing in
// the scenario orders the two.
type Race struct {
	// Driver sends the event with its action Step, which prints as Action.
	Driver string `json:"driver"`
	Step   int    `json:"step"`
	Action string `json:"action"`
	// Subscriber is the driver whose endpoint subscribes. Waiter waits, with its action
	// WaiterStep, for the event or for the answer to it.
	Subscriber string `json:"subscriber"`
	Waiter     string `json:"waiter"`
	WaiterStep int    `json:"waiter-step"`
	// Event is the wire name of the event's type.
	Event string `json:"event"`
	// Sent is when the event was sent, since the run began, and Known when the sender's
	// endpoint learnt of the subscription. Known is 0 if it did not.
	Sent  time.Duration `json:"sent"`
	Known time.Duration `json:"known,omitempty"`
	// Missed says that the subscriber did not receive the event.
	Missed bool `json:"missed,omitempty"`
	// First and FirstStep are of the driver whose event had to come before this one. They are
	// empty if the race is not between two senders, but with the subscription.
	First     string `json:"first,omitempty"`
	FirstStep int    `json:"first-step,omitempty"`
	// Text says what happened, in sentences, and Remedy what to do about it.
	Text   string `json:"text"`
	Remedy string `json:"remedy"`
}

func (r Race) String() string { return r.Text + " " + r.Remedy }

// IsLike reports whether another race is between the same actions, and went alike.
func (r Race) IsLike(other Race) bool {
	return r.Driver == other.Driver && r.Step == other.Step && r.Subscriber == other.Subscriber && r.Waiter == other.Waiter &&
		r.WaiterStep == other.WaiterStep && r.Event == other.Event && r.Missed == other.Missed && r.First == other.First && r.FirstStep == other.FirstStep
}

// Bounds of what Races looks at, which takes as long as the square of either.
const (
	maxRaceEntries = 50000
	maxRaceSteps   = 20000
)

// Races returns what a run that passed had by luck: waits that ended well because a subscription
// came before an event or, where another event came, after it, in an order that nothing
// enforces. Orders are enforced by what a driver does one after the other, by checkpoints and
// signals, by events and answers that a step waits for, and by steps that wait for connections
// and subscriptions.
//
// A race is not reported where a function of the user's may have seen to the order. The error
// says why the recording cannot tell.
func Races(all []*Driver, run *recording.Run) ([]Race, error) {
	p := &plan{drivers: all}
	steps := 0
	for _, d := range all {
		p.steps = append(p.steps, d.steps())
		steps += len(p.steps[len(p.steps)-1])
	}
	switch {
	case run.Outcome.Lost != nil:
		return nil, errors.New("the recording has lost its oldest entries")
	case !(&explanation{plan: p, run: run}).recorded():
		return nil, errors.New("not every endpoint is recorded, or two drivers have one name of an endpoint")
	case len(run.Entries) > maxRaceEntries || steps > maxRaceSteps:
		return nil, fmt.Errorf("the run has %d entries and %d steps; at most %d and %d are looked at", len(run.Entries), steps, maxRaceEntries, maxRaceSteps)
	}
	f := &races{history: p.history(run), seen: map[pairing]bool{}}
	if f.timeless() {
		return nil, errors.New("steps of one driver began at one time, as they do in virtual time, so that times do not order what happened")
	}
	for i, ran := range f.ran {
		for _, r := range ran {
			f.sender(i, r)
		}
		f.expected(i)
	}
	slices.SortStableFunc(f.found, func(a, b Race) int { return cmp.Compare(a.Sent, b.Sent) })
	return f.found, nil
}

// races are those found in a history.
type races struct {
	*history
	found []Race
	seen  map[pairing]bool
}

// timeless reports whether two steps of a driver began at one time, or most began when the one
// before ended.
func (f *races) timeless() bool {
	all, equal := 0, 0
	for _, ran := range f.ran {
		for k := 1; k < len(ran); k++ {
			if ran[k].began == ran[k-1].began {
				return true
			}
			if all++; ran[k].began == ran[k-1].ended {
				equal++
			}
		}
	}
	return 2*equal > all
}

// pairing is of two actions that were told of: they may be run several times.
type pairing struct{ sender, action, subscriber, wait int }

// sender looks at what a step sends.
func (f *races) sender(driver int, r *ranStep) {
	if r.step == nil || r.failed {
		return
	}
	for _, s := range r.does().sends {
		if s.answer || s.event == "" || ofTheBus(s.event) || f.mayBeAnothers(r, s.event) {
			continue
		}
		for other, d := range f.drivers {
			if other == driver || d.Endpoint() == "" || !s.reaches(f.drivers[driver], d) {
				continue
			}
			own, _ := ownOf(r.step.action)
			sent := f.sentIn(r, s.event, d.Endpoint())
			switch {
			case own.requests:
				f.request(r, s.event, other, sent)
			case len(sent) > 0:
				f.received(r, s.event, other, sent)
			case !slices.ContainsFunc(f.of[driver][recording.Sent], func(e recording.Entry) bool { return e.Peer == d.Endpoint() && e.Event == string(s.event) && r.has(e) }):
				f.missed(r, s.event, other)
			}
		}
	}
}

// mayBeAnothers reports whether events of a type that were sent in the time of a step may come from
// a handler, or from an action in the background.
func (f *races) mayBeAnothers(r *ranStep, t event) bool {
	handles := false
	for _, s := range f.steps[r.driver] {
		if s.beside && (s.does.calls || slices.ContainsFunc(s.does.sends, func(s sending) bool { return s.event == t })) {
			return true
		}
		handles = handles || s.does.handles
	}
	return handles && slices.ContainsFunc(f.of[r.driver][recording.Handled], func(e recording.Entry) bool {
		return latest(e) >= r.began && e.At-e.Took <= r.ended
	})
}

// sentIn are the events that a step sent to an endpoint. It leaves out an entry that stands for
// several events of which the first one was sent before.
func (f *races) sentIn(r *ranStep, t event, to string) (all []recording.Entry) {
	for e := range f.entries(r.driver, recording.Sent, t) {
		if e.At >= r.began && e.At <= r.ended && e.Peer == to && e.Answers.IsZero() {
			all = append(all, e)
		}
	}
	return all
}

// received looks at an event that a driver waited for and took.
func (f *races) received(r *ranStep, t event, by int, sent []recording.Entry) {
	for _, e := range sent {
		wait, subscribed := f.takenBy(by, t, e)
		if wait == nil {
			continue
		}
		first, ok := f.spanAt(by, t, subscribed)
		if !ok || f.ordered(r.send, by, first.from, subscribed) {
			continue
		}
		f.add(r, wait, by, t, e, false, subscribed == first.from)
		return
	}
}

// takenBy is the step of a driver that took an event, and when it, or the stream from which it
// took it, had subscribed. It is nil where that is not certain.
func (f *races) takenBy(driver int, t event, sent recording.Entry) (wait *ranStep, subscribed time.Duration) {
	came, taken := f.came[delivery{sent.ID, driver}], f.taken[delivery{sent.ID, driver}]
	if came == nil || taken == nil || taken.ID != sent.ID {
		return nil, 0 // Of several events the times are known of the first one alone.
	}
	for _, w := range f.ran[driver] {
		does := w.does()
		if taken.At < w.began || taken.At > w.ended || !slices.Contains(does.pulls, t) && !slices.Contains(does.takes, t) {
			continue
		}
		if wait != nil || w.failed {
			return nil, 0
		}
		wait = w
	}
	if wait == nil {
		return nil, 0
	}
	if slices.Contains(wait.does().pulls, t) {
		s, ok := f.spanAt(driver, t, came.At)
		return onlyIf(ok, wait), s.from
	}
	return wait, wait.began
}

func onlyIf(ok bool, w *ranStep) *ranStep {
	if ok {
		return w
	}
	return nil
}

func find(all []recording.Entry, fits func(recording.Entry) bool) *recording.Entry {
	for k := range all {
		if fits(all[k]) {
			return &all[k]
		}
	}
	return nil
}

// ordered reports whether something has a moment of the sender come after an endpoint has
// subscribed, and has the sender know of that, or may have it so. First is when the endpoint
// subscribed to the type, and subscribed when that did which took the event.
func (f *races) ordered(m *moment, by int, first, subscribed time.Duration) bool {
	return m.knows(m.driver, by, first) && m.done[by] >= subscribed || f.unclear(m, by, min(first, subscribed))
}

// unclear reports whether something that the recording does not show may have ordered a moment
// after what another driver did at some time.
func (f *races) unclear(m *moment, other int, since time.Duration) bool {
	for i, unclear := range f.unclears {
		if f.besides[i] && m.done[i] >= 0 {
			return true // Something in the background may wait, or have others wait.
		}
		for _, r := range unclear {
			if i != other && r.ended > since-clockSlack && r.ended <= m.done[i] {
				return true
			}
		}
	}
	return false
}

// request looks at a request of a driver, which waited for the answer of another one.
func (f *races) request(r *ranStep, t event, by int, sent []recording.Entry) {
	for _, e := range sent {
		if !slices.ContainsFunc(f.answers[e.ID], func(a *recording.Entry) bool { return a.Driver == by }) {
			continue
		}
		came := f.came[delivery{e.ID, by}]
		if came == nil {
			continue
		}
		s, ok := f.spanAt(by, t, came.At)
		if ok && !f.ordered(r.send, by, s.from, s.from) {
			f.add(r, r, by, t, e, false, true)
			return
		}
	}
}

// missed looks at an event that a driver did not receive and that later waited for one.
func (f *races) missed(r *ranStep, t event, by int) {
	sender, peer := f.drivers[r.driver], f.drivers[by].Endpoint()
	at := recording.Entry{At: r.began}
	if e := find(f.of[r.driver][recording.Sent], func(e recording.Entry) bool { return e.Event == string(t) && r.has(e) }); e != nil {
		at.At = max(e.At, r.began)
	}
	if a := f.announced(r.driver, peer, t, at.At); a != nil && a.listed || f.grouped(by, t) {
		return // It was chosen not to be a receiver.
	}
	known := f.knownSince(r, by, t, at.At, true)
	if known == 0 {
		return // It may have learnt of none.
	}
	s, ok := f.spanAt(by, t, known+clockSlack)
	if !ok || s.by == nil || s.by.unclear(f.drivers[by]) {
		return
	}
	if wait := f.waitIn(by, t, s, at.At); wait != nil && !f.orderedBefore(r, by, s.from, sender.Endpoint()) {
		f.add(r, wait, by, t, at, true, true)
	}
}

// grouped reports whether a driver subscribes to a type as a member of a group.
func (f *races) grouped(driver int, t event) bool {
	return slices.ContainsFunc(f.steps[driver], func(s step) bool {
		own, ok := ownOf(s.action)
		return ok && slices.Contains(s.does.subscribes, t) && slices.ContainsFunc(own.args, func(arg any) bool {
			config, ok := arg.(lahja.SubscribeConfig)
			return ok && config.Group != ""
		})
	})
}

// waitIn is the first step that took an event of a type, after some time, from what subscribed in
// a span.
func (f *races) waitIn(driver int, t event, s span, since time.Duration) *ranStep {
	for _, w := range f.ran[driver] {
		does := w.does()
		if w.failed || !slices.Contains(does.takes, t) && !slices.Contains(does.pulls, t) || w.ended < s.from || w.began > s.to {
			continue
		}
		for e := range f.entries(driver, recording.Taken, t) {
			if w.has(e) && e.At > since {
				return w
			}
		}
	}
	return nil
}

// orderedBefore reports whether something has a subscription of an endpoint, or the connection
// over which it is announced, come after what a step sends, or may have it so.
func (f *races) orderedBefore(r *ranStep, by int, subscribed time.Duration, sender string) bool {
	m := f.last(by, subscribed)
	if m == nil || m.done[r.driver] >= r.began || f.unclear(m, r.driver, r.began) {
		return true
	}
	first := find(f.of[r.driver][recording.Connected], func(e recording.Entry) bool {
		return e.Peer == f.drivers[by].Endpoint() && e.At >= r.began
	})
	if first == nil {
		return f.announced(r.driver, f.drivers[by].Endpoint(), "", r.began) == nil // They never met.
	}
	if f.announced(r.driver, f.drivers[by].Endpoint(), "", r.began) != nil {
		return false
	}
	for _, c := range slices.Concat(f.ran[r.driver], f.ran[by]) {
		to := sender
		if c.driver == r.driver {
			to = f.drivers[by].Endpoint()
		}
		if c.connects(to) && c.began <= first.At && c.ended >= first.At-clockSlack && c.begin.done[r.driver] >= r.began {
			return true
		}
	}
	return false
}

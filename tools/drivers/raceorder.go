package drivers

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/lahja/go-lahja/tools/recording"
)

// wants notes the data that an action expects of the events that it takes, in this order.
func (a *action) wants(data ...any) { a.wanted = data }

func anyOf[T any](all []T) []any {
	out := make([]any, len(all))
	for i, v := range all {
		out[i] = v
	}
	return out
}

// arrival is an event that a step took, and what it had to be.
type arrival struct {
	step *ranStep
	sent *recording.Entry
	from *ranStep // the step that sent it
	want any
}

// expected looks at events of several senders that a driver expects one after the other.
func (f *races) expected(driver int) {
	last := map[event]*arrival{}
	for _, r := range f.ran[driver] {
		if r.step == nil || r.failed {
			continue
		}
		does := r.does()
		for _, t := range slices.Concat(does.takes, does.pulls) {
			all := f.arrivals(r, t)
			if len(all) == 0 {
				delete(last, t) // What comes next may have been before.
			}
			for k := range all {
				if before := last[t]; before != nil {
					f.between(before, &all[k], t)
				}
				last[t] = &all[k]
			}
		}
	}
}

// arrivals are the events that a step took, in order. There are none where that is not certain,
// or where it expects none in particular.
func (f *races) arrivals(r *ranStep, t event) (all []arrival) {
	own, _ := ownOf(r.step.action)
	for e := range f.entries(r.driver, recording.Taken, t) {
		if !r.has(e) {
			continue
		}
		if e.Count > 1 || len(all) >= len(own.wanted) {
			return nil
		}
		a := arrival{step: r, sent: f.sent[delivery{e.ID, r.driver}], want: own.wanted[len(all)]}
		if a.sent != nil {
			a.from = f.senderOf(a.sent, t)
		}
		all = append(all, a)
	}
	return all
}

// senderOf is the step that sent an event; nil where that is not certain.
func (f *races) senderOf(e *recording.Entry, t event) *ranStep {
	for _, r := range f.ran[e.Driver] {
		if e.Count <= 1 && r.began <= e.At && e.At <= r.ended && !r.failed && !f.mayBeAnothers(r, t) &&
			slices.ContainsFunc(r.does().sends, func(s sending) bool { return s.event == t && !s.answer }) {
			return r
		}
	}
	return nil
}

// between looks at two events that came as was expected.
func (f *races) between(first, second *arrival, t event) {
	a, b := first.from, second.from
	if a == nil || b == nil || a.driver == b.driver || reflect.DeepEqual(first.want, second.want) ||
		b.send.done[a.driver] >= a.began || f.unclear(b.send, a.driver, a.began) {
		return
	}
	race := Race{Driver: f.drivers[b.driver].name, Step: b.top, Action: b.String(), Subscriber: f.drivers[second.step.driver].name,
		Waiter: f.drivers[second.step.driver].name, WaiterStep: second.step.top, Event: string(t), Sent: second.sent.At,
		First: f.drivers[a.driver].name, FirstStep: a.top}
	race.Text = fmt.Sprintf("%s expected %s in this order (action %d, %s): one that %s sent (action %d, %s), then one that %s sent (action %d, %s). Nothing orders the two.",
		race.Waiter, t.short(), race.WaiterStep, second.step, race.First, race.FirstStep, a, race.Driver, race.Step, race.Action)
	race.Remedy = fmt.Sprintf("Have %s wait until %s has taken the first one, or expect them with InAnyOrder or BySender.", race.Driver, race.Waiter)
	if !slices.ContainsFunc(f.found, race.IsLike) {
		f.found = append(f.found, race)
	}
}

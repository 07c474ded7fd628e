package differential

import (
	"cmp"
	"slices"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

// Difference is something that a driver saw on one engine and not on the other.
type Difference struct {
	// Driver is the driver that saw it.
	Driver string
	// List is what is compared: what the driver saw of one sender through one
	// subscription or action, or how an action ended.
	List List
	// Number counts the events of that list, from 1.
	Number int
	// A and B are what was seen on each engine, nil if there was nothing more.
	A, B *engine.Sight
	// Before is what both saw before that, the latest last. AfterA and AfterB are what followed.
	Before, AfterA, AfterB []engine.Sight

	at time.Duration
}

// List identifies one list of things seen, whose order is determined.
type List struct {
	// Place is the action that opened the subscription or stream, or that waited
	// for the event, or that ended. Round numbers the openings there.
	Place engine.Place
	Round int
	// Origin is the sender; "" for how an action ended.
	Origin string
}

// around is how many things are kept before and after a difference.
const around = 3

// Compare returns the differences between what drivers saw in two traced runs of one scenario, the
// earliest first. What a stopped driver had still to see is no difference.
func Compare(a, b *runner.Report) []Difference {
	var all []Difference
	startA, startB := began(a), began(b)
	for i := range min(len(a.Traces), len(b.Traces)) {
		for _, d := range compareDrivers(a.Traces[i], b.Traces[i], concurrent(a.Traces)) {
			d.at = min(d.when(d.A, startA), d.when(d.B, startB))
			all = append(all, d)
		}
	}
	slices.SortStableFunc(all, func(x, y Difference) int { return cmp.Compare(x.at, y.at) })
	return all
}

func (d *Difference) when(s *engine.Sight, start time.Time) time.Duration {
	if s == nil {
		return 1 << 62
	}
	return s.At.Sub(start)
}

// began returns when a run saw its first event.
func began(r *runner.Report) time.Time {
	var first time.Time
	for _, t := range r.Traces {
		if len(t.Sights) > 0 && (first.IsZero() || t.Sights[0].At.Before(first)) {
			first = t.Sights[0].At
		}
	}
	return first
}

// concurrent returns the endpoints whose drivers send from several goroutines.
func concurrent(all []runner.Trace) map[string]bool {
	names := map[string]bool{}
	for _, t := range all {
		if t.Concurrent {
			names[t.Endpoint] = true
		}
	}
	return names
}

func compareDrivers(a, b runner.Trace, concurrent map[string]bool) []Difference {
	var all []Difference
	ofA, ofB := listsOf(a), listsOf(b)
	for _, key := range union(ofA, ofB) {
		listA, listB := ofA.sights[key], ofB.sights[key]
		if concurrent[key.Origin] {
			listA, listB = sorted(listA), sorted(listB)
		}
		i := 0
		for i < min(len(listA), len(listB)) && same(listA[i], listB[i]) {
			i++
		}
		atA, atB := at(listA, i), at(listB, i)
		switch {
		case atA == nil && atB == nil,
			atA == nil && !a.Completed, atB == nil && !b.Completed,
			(atA == nil || atB == nil) && mixed(ofA, ofB, key):
			continue
		}
		all = append(all, Difference{Driver: a.Driver, List: key, Number: 1 + received(listA[:i]), A: atA, B: atB,
			Before: listA[max(0, i-around):i], AfterA: after(listA, i), AfterB: after(listB, i)})
	}
	return all
}

// mixed reports whether a driver took the same number of events on both engines, from several senders
// in no particular order. The number from each sender is then not determined either.
func mixed(a, b *lists, key List) bool {
	channel := key
	channel.Origin = ""
	return key.Origin != "" && !a.whole[channel] && !b.whole[channel] && a.taken[channel] == b.taken[channel]
}

// same reports whether two sights are equal, ignoring what differs from run to run.
func same(a, b engine.Sight) bool {
	if (a.Event == nil) != (b.Event == nil) || a.Event != nil && *a.Event != *b.Event {
		return false
	}
	return a.Ended == b.Ended && a.Error == b.Error
}

// received counts the events, except those on which a handler failed, which are listed twice.
func received(all []engine.Sight) int {
	n := 0
	for _, s := range all {
		if !s.Ended {
			n++
		}
	}
	return n
}

func at(all []engine.Sight, i int) *engine.Sight {
	if i < len(all) {
		return &all[i]
	}
	return nil
}

func after(all []engine.Sight, i int) []engine.Sight {
	if i+1 >= len(all) {
		return nil
	}
	return all[i+1 : min(len(all), i+1+around)]
}

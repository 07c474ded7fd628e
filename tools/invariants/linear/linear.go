// Package linear has invariants of objects that several drivers use at once: a register, a queue,
// or a model of your own. Drivers record their operations on the object (drivers.Scope.Operation,
// drivers.Operate). The object is linearizable if each operation could have taken effect at one
// moment between its call and its return, so that all of them together are what one driver alone
// could have seen.
//
//	Invariants: []invariants.Invariant{linear.Register("balance", 0)},
//	…
//	done := s.Operation("balance", linear.Write(5))
//	_, err := lahja.Request(ctx, s.Endpoint(), SetBalance{5})
//	if err == nil {
//		done(nil)
//	}
//
// An operation that was not done, because its request failed or its driver died, may have taken
// effect or not.
//
// The search is that of github.com/anishathalye/porcupine. It is bounded in steps, and so in
// memory. Beyond its bound the invariant is undecided.
package linear

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"sync/atomic"

	"github.com/anishathalye/porcupine"

	"github.com/lahja/go-lahja/tools/invariants"
	"github.com/lahja/go-lahja/tools/recording"
)

// Operation is what an object was asked for and what it said.
type Operation struct {
	// Input is JSON, as it was recorded.
	Input json.RawMessage
	// Output is nil if the operation did not return: then it may be anything.
	Output json.RawMessage
}

// Model is what one driver alone would see of an object.
type Model struct {
	// Init returns the first state. States are never changed.
	Init func() any
	// Step reports whether the operation can have that output in a state, and returns the next
	// state. It panics if the operation is not one of the object's.
	Step func(state any, op Operation) (ok bool, next any)
	// Equal compares states; nil means ==.
	Equal func(a, b any) bool
	// Hash speeds the search up; nil means that there is none. Equal states have equal hashes.
	Hash func(state any) uint64
}

// Bounds of a search. Each step may keep a bit for each operation.
const (
	// MostSteps is how many steps of the model a search takes.
	MostSteps = 1_000_000
	// MostMemory is how many bytes the states that it has seen may take.
	MostMemory = 64 << 20
)

// Linearizable is the invariant that the operations which drivers recorded on what they call
// object are linearizable. It is undecided if there are none.
func Linearizable(object string, m Model) invariants.Invariant {
	return invariants.Invariant{Name: fmt.Sprintf("%s is linearizable", object), Check: func(run *recording.Run) invariants.Result {
		if why := invariants.Incomplete(run); why != "" {
			return invariants.Result{Verdict: invariants.Undecided, Reason: why}
		}
		h := historyOf(run, object)
		if len(h.events) == 0 {
			return invariants.Result{Verdict: invariants.Undecided, Reason: fmt.Sprintf("no operation on %q was recorded", object)}
		}
		return h.check(m)
	}}
}

// history is the operations on an object.
type history struct {
	run    *recording.Run
	events []porcupine.Event // calls and returns
	at     []int             // the entries of events
	open   map[int]bool      // calls without a return
}

type key struct{ driver, serial int }

func historyOf(run *recording.Run, object string) *history {
	h, ids := &history{run: run, open: map[int]bool{}}, map[key]int{}
	for _, i := range ordered(run) {
		e := &run.Entries[i]
		if e.Text != object {
			continue
		}
		k := key{e.Driver, e.Serial}
		switch id, called := ids[k]; {
		case e.Kind == recording.Called && !called:
			ids[k] = len(ids)
			h.open[ids[k]] = true
			h.add(i, porcupine.Event{ClientId: e.Driver, Kind: porcupine.CallEvent, Value: e.Value, Id: ids[k]})
		case e.Kind == recording.Returned && called:
			delete(h.open, id)
			h.add(i, porcupine.Event{ClientId: e.Driver, Kind: porcupine.ReturnEvent, Value: e.Value, Id: id})
		}
	}
	return h
}

func (h *history) add(entry int, e porcupine.Event) {
	h.events, h.at = append(h.events, e), append(h.at, entry)
}

// ordered are the entries of operations. Those that processes recorded at the same moment may
// have come in any order: then calls come first.
func ordered(run *recording.Run) []int {
	var all []int
	for i, e := range run.Entries {
		if e.Kind == recording.Called || e.Kind == recording.Returned {
			all = append(all, i)
		}
	}
	if slices.ContainsFunc(run.Drivers, func(d recording.Driver) bool { return d.Process }) {
		slices.SortStableFunc(all, func(a, b int) int {
			x, y := &run.Entries[a], &run.Entries[b]
			return cmp.Or(cmp.Compare(x.At, y.At), cmp.Compare(x.Kind, y.Kind)) // "called" < "returned"
		})
	}
	return all
}

// check searches for an order of the operations.
func (h *history) check(m Model) invariants.Result {
	ok, steps := h.linearizable(m, len(h.events))
	switch {
	case ok:
		return invariants.Result{Verdict: invariants.Held}
	case steps < 0:
		return invariants.Result{Verdict: invariants.Undecided,
			Reason: fmt.Sprintf("the search for an order of %d operations reached its bound of %d steps", h.operations(), h.mostSteps())}
	}
	// A history is linearizable if a longer one is. So the first return that no order explains is
	// found by halving.
	bad := sort.Search(len(h.events), func(i int) bool {
		ok, steps := h.linearizable(m, i+1)
		return !ok && steps >= 0
	})
	bad = min(bad, len(h.events)-1)
	e := &h.run.Entries[h.at[bad]]
	r := invariants.Result{Verdict: invariants.Broken, Entries: h.shown(bad)}
	r.Reason = fmt.Sprintf("no order of the operations on %s explains that %s got %s", e.Text, h.run.Drivers[e.Driver].Name, e.Value)
	return r
}

// operations is how many there are.
func (h *history) operations() int { return (len(h.events) + len(h.open)) / 2 }

// mostSteps is the bound of a search.
func (h *history) mostSteps() int64 {
	return min(MostSteps, int64(MostMemory/(h.operations()/8+100)))
}

// linearizable searches for an order of the first events. steps is negative if the search ended
// at its bound.
func (h *history) linearizable(m Model, n int) (ok bool, steps int64) {
	events, open := slices.Clone(h.events[:n]), map[int]porcupine.Event{}
	for _, e := range events {
		if e.Kind == porcupine.CallEvent {
			open[e.Id] = e
		} else {
			delete(open, e.Id)
		}
	}
	for _, e := range events {
		if call, is := open[e.Id]; is { // It returns at some time after all others.
			call.Kind, call.Value = porcupine.ReturnEvent, nil
			events = append(events, call)
		}
	}
	var left atomic.Int64
	left.Store(h.mostSteps())
	var failed atomic.Pointer[any] // the panic of a step, which is on another goroutine
	ok = porcupine.CheckEvents(porcupine.Model{Init: m.Init, Equal: m.Equal, Hash: m.Hash,
		Step: func(state, input, output any) (bool, any) {
			if left.Add(-1) < 0 || failed.Load() != nil {
				return false, state // From here on the search ends quickly.
			}
			op := Operation{Input: json.RawMessage(input.(string))}
			if returned, is := output.(string); is {
				op.Output = json.RawMessage(returned)
			}
			return m.guarded(state, op, &failed)
		}}, events)
	if p := failed.Load(); p != nil {
		panic(*p)
	}
	return ok, left.Load()
}

// guarded is a step whose panic is kept.
func (m Model) guarded(state any, op Operation, failed *atomic.Pointer[any]) (ok bool, next any) {
	defer func() {
		if p := recover(); p != nil {
			failed.Store(&p)
		}
	}()
	return m.Step(state, op)
}

// mostBefore is how many operations are shown before the one that nothing explains.
const mostBefore = 3

// shown are the entries of the operation that returned there and of some before it.
func (h *history) shown(bad int) (entries []recording.Entry) {
	ids := map[int]bool{h.events[bad].Id: true}
	for i := bad; i >= 0 && len(ids) <= mostBefore; i-- {
		ids[h.events[i].Id] = true
	}
	for i, e := range h.events[:bad+1] {
		if ids[e.Id] {
			entries = append(entries, h.run.Entries[h.at[i]])
		}
	}
	return entries
}

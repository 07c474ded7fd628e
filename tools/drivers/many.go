package drivers

import (
	"context"
	"fmt"
	"reflect"

	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/lahja/go-lahja/lahja"
)

// Many is an action that receives several events. Its methods say what is expected of them,
// and return the action:
//
//	Collect[Tick](3).InOrder(Tick{1}, Tick{2}, Tick{3})
//
// They are checked in the order in which they stand, and the first that does not hold is the
// action's failure.
type Many[T any] struct {
	*action
	checks []On[[]lahja.Event[T]]
}

// newMany makes an action that receives several events.
func newMany[T any](name string, args []any, receive func(ctx context.Context, s *Scope, check func([]lahja.Event[T]) error) error) *Many[T] {
	m := &Many[T]{}
	m.action = newAction(name, args, func(ctx context.Context, s *Scope) error {
		return receive(ctx, s, func(events []lahja.Event[T]) error { return callAll(ctx, s, events, m.checks) })
	})
	return m
}

// InOrder expects events with exactly these data, in this order. InOrder() expects none.
func (m *Many[T]) InOrder(want ...T) *Many[T] {
	m.wants(anyOf(want)...)
	return m.check("InOrder", listArg(want), func(events []lahja.Event[T]) error {
		for i, e := range events {
			if i >= len(want) {
				return fmt.Errorf("event %d of %d is %s from %s, want %d events", i+1, len(events), formatArg(e.Data), e.Origin(), len(want))
			}
			if !reflect.DeepEqual(e.Data, want[i]) {
				return fmt.Errorf("event %d of %d is %s from %s, want %s", i+1, len(events), formatArg(e.Data), e.Origin(), formatArg(want[i]))
			}
		}
		if len(events) < len(want) {
			return fmt.Errorf("%d events came, want %d; the next was to be %s", len(events), len(want), formatArg(want[len(events)]))
		}
		return nil
	})
}

// InAnyOrder expects events with exactly these data.
func (m *Many[T]) InAnyOrder(want ...T) *Many[T] {
	return m.check("InAnyOrder", listArg(want), func(events []lahja.Event[T]) error {
		return match(dataOf(events), gomega.ConsistOf(want))
	})
}

// BySender expects exactly these events: of each sender its data in this order, each once,
// however those of several senders mix, and nothing from anybody else.
func (m *Many[T]) BySender(want map[string][]T) *Many[T] {
	return m.check("BySender", fmt.Sprintf("%d senders", len(want)), bySender(want))
}

// Each holds the data of every event against a Gomega matcher.
func (m *Many[T]) Each(matcher types.GomegaMatcher) *Many[T] {
	return m.check("Each", nameOfValue(matcher), func(events []lahja.Event[T]) error {
		for i, e := range events {
			if err := match(e.Data, matcher); err != nil {
				return fmt.Errorf("event %d of %d, from %s: %w", i+1, len(events), e.Origin(), err)
			}
		}
		return nil
	})
}

// Matches holds the data of all events, a []T, against a Gomega matcher.
func (m *Many[T]) Matches(matcher types.GomegaMatcher) *Many[T] {
	return m.check("Matches", nameOfValue(matcher), func(events []lahja.Event[T]) error { return match(dataOf(events), matcher) })
}

// From expects every event to come from the endpoint of that name.
func (m *Many[T]) From(endpoint string) *Many[T] {
	m.peers = append(m.peers, endpoint)
	return m.check("From", fmt.Sprintf("%q", endpoint), func(events []lahja.Event[T]) error {
		for i, e := range events {
			if e.Origin() != endpoint {
				return fmt.Errorf("event %d of %d, %s, came from %s, want it from %s", i+1, len(events), formatArg(e.Data), e.Origin(), endpoint)
			}
		}
		return nil
	})
}

// Into saves the events to a slot.
func (m *Many[T]) Into(slot *Slot[[]lahja.Event[T]]) *Many[T] {
	m.expects("Into", slot.String())
	m.checks = append(m.checks, slot.Save)
	return m
}

// Then calls a function with the events. Its error, or a failed assertion of its Scope, is the
// action's failure.
func (m *Many[T]) Then(fn On[[]lahja.Event[T]]) *Many[T] {
	m.expects("Then", "func")
	m.calling(fn)
	m.checks = append(m.checks, fn)
	return m
}

func (m *Many[T]) check(method, arg string, check func([]lahja.Event[T]) error) *Many[T] {
	m.expects(method, arg)
	m.checks = append(m.checks, func(_ context.Context, _ *Scope, events []lahja.Event[T]) error { return check(events) })
	return m
}

func dataOf[T any](events []lahja.Event[T]) []T {
	data := make([]T, len(events))
	for i, e := range events {
		data[i] = e.Data
	}
	return data
}

// listArg prints a few values in full and counts many.
func listArg[T any](values []T) string {
	if len(values) > 3 {
		return fmt.Sprintf("%d of %s", len(values), nameOf[T]())
	}
	text := ""
	for i, v := range values {
		if i > 0 {
			text += ", "
		}
		text += formatArg(v)
	}
	return text
}

// Series returns f(0) to f(n-1): events to expect, or actions to run in Parallel.
func Series[T any](n int, f func(i int) T) []T {
	all := make([]T, n)
	for i := range all {
		all[i] = f(i)
	}
	return all
}

package drivers

import (
	"context"
	"fmt"

	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/lahja/go-lahja/lahja"
)

// One is an action that receives one event. Its methods say what is expected of the event,
// and return the action:
//
//	Request(PlaceOrder{ID: 1}).Returns(Placed{ID: 1}).From("orders")
//
// They are checked in the order in which they stand, and the first that does not hold is the
// action's failure.
type One[T any] struct {
	*action
	checks []On[lahja.Event[T]]
}

// newOne makes an action that receives one event.
func newOne[T any](name string, args []any, receive func(ctx context.Context, s *Scope) (lahja.Event[T], error)) *One[T] {
	o := &One[T]{}
	o.action = newAction(name, args, func(ctx context.Context, s *Scope) error {
		e, err := receive(ctx, s)
		if err != nil {
			return err
		}
		return callAll(ctx, s, e, o.checks)
	})
	return o
}

// Equal expects the event's data to equal want.
func (o *One[T]) Equal(want T) *One[T] {
	o.wants(want)
	return o.data("Equal", formatArg(want), gomega.Equal(want))
}

// Returns is Equal, for the answer to a request.
func (o *One[T]) Returns(want T) *One[T] {
	return o.data("Returns", formatArg(want), gomega.Equal(want))
}

// Matches holds the event's data against a Gomega matcher.
func (o *One[T]) Matches(matcher types.GomegaMatcher) *One[T] {
	return o.data("Matches", nameOfValue(matcher), matcher)
}

func (o *One[T]) data(method, arg string, matcher types.GomegaMatcher) *One[T] {
	o.expects(method, arg)
	o.checks = append(o.checks, dataMatches[T](matcher))
	return o
}

// From expects the event to come from the endpoint of that name.
func (o *One[T]) From(endpoint string) *One[T] {
	o.expects("From", fmt.Sprintf("%q", endpoint))
	o.peers = append(o.peers, endpoint)
	o.checks = append(o.checks, func(_ context.Context, _ *Scope, e lahja.Event[T]) error {
		if e.Origin() != endpoint {
			return fmt.Errorf("the event %s came from %s, want it from %s", formatArg(e.Data), e.Origin(), endpoint)
		}
		return nil
	})
	return o
}

// Into saves the event to a slot.
func (o *One[T]) Into(slot *Slot[lahja.Event[T]]) *One[T] {
	o.expects("Into", slot.String())
	o.checks = append(o.checks, slot.Save)
	return o
}

// Then calls a function with the event. Its error, or a failed assertion of its Scope, is the
// action's failure.
func (o *One[T]) Then(fn On[lahja.Event[T]]) *One[T] {
	o.expects("Then", "func")
	o.calling(fn)
	o.checks = append(o.checks, fn)
	return o
}

// expects adds a call of a method to what the action prints.
func (a *action) expects(method, arg string) { a.expectations += "." + method + "(" + arg + ")" }

package drivers

import (
	"context"
	"fmt"

	"github.com/onsi/gomega/types"
)

// Slot holds what one action leaves for later ones of the same driver. It is declared where
// the drivers are, so that its type is checked:
//
//	order := NewSlot[lahja.Event[Order]]("order")
//	WaitFor[Order]().Into(order),
//	order.Matches(HaveField("Data.ID", 3)),
//
// What is saved belongs to the run and to the driver that saved it. Another driver finds
// nothing in the slot, as it would in a process of its own.
type Slot[T any] struct{ name string }

// NewSlot makes a slot. The name is for reports.
func NewSlot[T any](name string) *Slot[T] { return &Slot[T]{name: name} }

func (s *Slot[T]) String() string { return s.name }

// Save stores v. It is an On, so it can be given to the action that receives v.
func (s *Slot[T]) Save(_ context.Context, scope *Scope, v T) error {
	s.change(scope, func(T) T { return v })
	return nil
}

// change replaces the value, the zero value at first.
func (s *Slot[T]) change(scope *Scope, by func(T) T) {
	scope.slotMu.Lock()
	defer scope.slotMu.Unlock()
	if scope.slots == nil {
		scope.slots = map[any]any{}
	}
	v, _ := scope.slots[s].(T)
	scope.slots[s] = by(v)
}

// value returns what was saved, and whether anything was.
func (s *Slot[T]) value(scope *Scope) (v T, saved bool) {
	scope.slotMu.Lock()
	defer scope.slotMu.Unlock()
	held, saved := scope.slots[s]
	v, _ = held.(T)
	return v, saved
}

// Load returns what was saved.
func (s *Slot[T]) Load(scope *Scope) (T, error) {
	v, saved := s.value(scope)
	if !saved {
		return v, fmt.Errorf("slot %s is empty: no earlier action of driver %s saved to it; "+
			"where another driver saves to it, send an event instead, as drivers share no memory", s.name, scope.Driver())
	}
	return v, nil
}

// Get is Load for functions of a driver: where there is nothing to load it fails
// the action at once.
func (s *Slot[T]) Get(scope *Scope) T {
	v, err := s.Load(scope)
	if err != nil {
		scope.Fail(err.Error())
	}
	return v
}

// Matches is an action that holds the value in the slot against a Gomega matcher.
func (s *Slot[T]) Matches(matcher types.GomegaMatcher) Action {
	return newAction("Matches", []any{s, rawText(nameOfValue(matcher))}, func(_ context.Context, scope *Scope) error {
		v, err := s.Load(scope)
		if err != nil {
			return err
		}
		return match(v, matcher)
	})
}

// Satisfies is an action that holds the value in the slot against a function, whose error is
// the action's.
func (s *Slot[T]) Satisfies(check func(v T) error) Action {
	return newAction("Satisfies", []any{s, rawText("func")}, func(_ context.Context, scope *Scope) error {
		v, err := s.Load(scope)
		if err != nil {
			return err
		}
		return check(v)
	}).given(check, computes)
}

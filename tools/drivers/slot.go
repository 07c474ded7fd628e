package drivers

import (
	"context"
	"fmt"
	"sync"
)

// Slot holds what one action leaves for later ones of the same driver. It is
// declared where the drivers are built, so that its type is checked:
//
//	tick := drivers.NewSlot[lahja.Event[Tick]]("tick")
//	drivers.WaitFor[Tick](tick.Save),
//	drivers.Expect(tick, HaveField("Data.N", 3)),
//
// A slot belongs to the driver that saves to it. Another driver that reads it
// fails: in a process of its own it would find nothing there.
type Slot[T any] struct {
	name string

	mu    sync.Mutex
	owner *Driver
	run   string // the owner's
	value T
	saved bool
}

// NewSlot makes an empty slot. The name is for reports.
func NewSlot[T any](name string) *Slot[T] { return &Slot[T]{name: name} }

func (s *Slot[T]) String() string { return s.name }

// Save stores v. It is an On, so it can be given to the action that receives v.
func (s *Slot[T]) Save(_ context.Context, scope *Scope, v T) error { return s.save(scope, v) }

func (s *Slot[T]) save(scope *Scope, v T) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.own(scope); err != nil {
		return err
	}
	s.value, s.saved = v, true
	return nil
}

// own makes the driver the slot's owner, unless another one is. The lock is held.
func (s *Slot[T]) own(scope *Scope) error {
	if err := s.foreign(scope); err != nil {
		return err
	}
	s.owner, s.run = scope.driver, scope.assignment.RunID
	return nil
}

// Load returns what was saved.
func (s *Slot[T]) Load(scope *Scope) (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var none T
	if err := s.foreign(scope); err != nil {
		return none, err
	}
	if !s.saved {
		return none, fmt.Errorf("slot %s is empty: no earlier action of driver %s saved to it; "+
			"where another driver saves to it, send an event instead, as drivers share no memory", s.name, scope.Driver())
	}
	return s.value, nil
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

// foreign is nil where the slot is the driver's, or nobody's yet. The lock is held.
func (s *Slot[T]) foreign(scope *Scope) error {
	switch {
	case s.owner == nil || s.owner == scope.driver:
		return nil
	case s.run != scope.assignment.RunID:
		return fmt.Errorf("slot %s was made outside of the Drivers function, and another run has used it: call NewSlot within Drivers, "+
			"so that every run has its own", s.name)
	}
	return fmt.Errorf("slot %s belongs to driver %s, not to %s: drivers share no memory; send an event, or report a result",
		s.name, s.owner.Name(), scope.Driver())
}

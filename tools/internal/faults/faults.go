// Package faults has the partitions and delays of a network, simulated or not.
package faults

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
)

// State is which partitions and delays there are, and what they have affected. The zero value has
// none. It is safe for concurrent use, and takes no other lock under its own.
type State struct {
	some   atomic.Bool // there is an active one
	mu     sync.Mutex
	active []*active
	// past are those that were healed.
	past   []*active
	healed chan struct{} // closed at the next heal; nil if nobody waits
}

// active is a fault, and how much it has affected.
type active struct {
	engine.Fault
	affected int
}

// Begin begins a partition or a delay.
func (s *State) Begin(f engine.Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active = append(s.active, &active{Fault: f})
	s.some.Store(true)
}

// Heal ends all partitions and delays. It fails if there is none.
func (s *State) Heal() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.active) == 0 {
		return errors.New("there is nothing to heal: no Partition, PartitionFrom, Isolate or Delay has begun, or all were healed already")
	}
	s.past, s.active = append(s.past, s.active...), nil
	s.some.Store(false)
	if s.healed != nil {
		close(s.healed)
		s.healed = nil
	}
	return nil
}

// Vacuous lists the faults that have affected nothing.
func (s *State) Vacuous() (all []engine.Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range slices.Concat(s.past, s.active) {
		if a.affected == 0 {
			all = append(all, a.Fault)
		}
	}
	return all
}

// Cut reports whether a partition holds back what one endpoint sends to another.
func (s *State) Cut(from, to string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cut(from, to) != nil
}

func (s *State) cut(from, to string) *active {
	for _, a := range s.active {
		if a.Kind == engine.FaultPartition && a.Between(from, to) {
			return a
		}
	}
	return nil
}

// Delay is by how much something comes later that one endpoint now sends to another.
func (s *State) Delay(from, to string) (d time.Duration) {
	if !s.some.Load() {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.active {
		if a.Kind == engine.FaultDelay && a.Between(from, to) {
			a.affected++
			d += a.Delay
		}
	}
	return d
}

// Pass waits until no partition is in the way of what one endpoint sends to another, or done is
// closed.
func (s *State) Pass(from, to string, done <-chan struct{}) {
	for s.some.Load() {
		s.mu.Lock()
		cut := s.cut(from, to)
		if cut == nil {
			s.mu.Unlock()
			return
		}
		cut.affected++
		if s.healed == nil {
			s.healed = make(chan struct{})
		}
		healed := s.healed
		s.mu.Unlock()
		select {
		case <-healed:
		case <-done:
			return
		}
	}
}

// NothingToBreak is the error of a fault that breaks connections where there is none.
func NothingToBreak(f engine.Fault) error {
	return fmt.Errorf("%s: there is no connection to break; wait until they are connected", f)
}

package drivers

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/lahja/go-lahja/tools/engine"
)

// Crash kills the driver's process, as a SIGKILL from outside does: nothing is closed,
// nothing is said to anybody. It is the last action of its driver, and no part of
// another one, as the driver has then done all it had to: what it started in the
// background must have ended, and no handler may have failed. What it left in the
// run's private directory somebody else has to take over or remove. Peers may notice the
// death while the system still holds the process's address. After the next checkpoint of
// any driver, and whenever a driver opens an endpoint, the process has ended. It needs
// engine.ProcessIsolation.
func Crash() Action {
	a := newAction("Crash", nil, nil)
	a.ends = true
	a.run = func(ctx context.Context, s *Scope) error {
		if !s.Engine().Capabilities().Has(engine.ProcessIsolation) {
			return errors.New("this process is the runner's own; list engine.ProcessIsolation in the scenario's Needs")
		}
		if err := s.unfinished(a); err != nil {
			return err
		}
		s.assignment.Ring.Fault("crashes")
		s.record(engine.Record{Kind: engine.RecordCrash})
		self, err := os.FindProcess(os.Getpid())
		if err != nil {
			return err
		}
		if err := self.Kill(); err != nil {
			return err
		}
		<-ctx.Done() // The signal comes first.
		return context.Cause(ctx)
	}
	return a
}

var errNotLast = errors.New("what else the driver has to do would never be judged; make it the last action, and no part of another one")

// unfinished says what a driver that ends with this action has not done.
func (s *Scope) unfinished(last *action) error {
	if !s.driver.isLast(last) {
		return errNotLast
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, t := range s.background {
		select {
		case <-t.done:
		default:
			return fmt.Errorf("the background action %q still runs, and would never be judged; Join or Cancel it before", name)
		}
	}
	if len(s.caught) > 0 {
		return &handlerError{failed: s.caught[0]}
	}
	return context.Cause(s.whole)
}

package drivers

import (
	"context"
	"errors"
	"os"
	"syscall"

	"github.com/lahja/go-lahja/tools/engine"
)

// Crash kills the driver's process, as a SIGKILL from outside does: nothing is closed,
// nothing is said to anybody. It is the last action of its driver, which has then
// done all it had to; what it left in the run's private directory somebody else has
// to take over or remove. It needs engine.ProcessIsolation.
func Crash() Action {
	a := newAction("Crash", nil, func(ctx context.Context, s *Scope) error {
		if !s.Engine().Capabilities().Has(engine.ProcessIsolation) {
			return errors.New("this process is the runner's own; list engine.ProcessIsolation in the scenario's Needs")
		}
		s.record(engine.Record{Kind: engine.RecordCrash})
		if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
			return err
		}
		<-ctx.Done() // The signal comes first.
		return context.Cause(ctx)
	})
	a.ends = true
	return a
}

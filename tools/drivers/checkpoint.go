package drivers

import (
	"context"
	"errors"
	"fmt"

	"github.com/lahja/go-lahja/tools/engine"
)

// Checkpoint waits until every driver that contains a checkpoint of that name has
// arrived at it. Arrivals are kept: a driver may pass while others have not
// noticed yet. Used again, it is the next round. It is broken at once, naming
// who is missing and why, when a driver that has to arrive no longer can, also
// because all wait for each other. The timeout of actions does not apply to it;
// Within does.
func Checkpoint(name string) Action {
	a := meetingAt("Checkpoint", engine.AtCheckpoint, name, "all parties of checkpoint %q")
	a.reaches = true
	return a
}

// Signal tells drivers that wait for it (Await) that this driver has come here. It does not
// wait. Signals are counted, and are kept for those who wait later.
func Signal(name string) Action {
	at := engine.Point{Kind: engine.AtSignal, Name: name}
	a := newAction("Signal", []any{name}, func(_ context.Context, s *Scope) error {
		s.record(engine.Record{Kind: engine.RecordReached, At: &at})
		return nil
	})
	a.point, a.reaches = at, true
	return a.needsName()
}

// Await waits for a signal. A driver's n-th Await of a name lasts until every driver that
// contains the signal has sent it n times. It fails at once, and says why, when one of them
// can no longer do so. The timeout of actions does not apply to it; Within does.
//
// A signal says that the sender's actions have come so far. It does not say that peers know
// of a subscription: let the sender WaitUntilSubscriptionsKnown before the signal.
func Await(signal string) Action { return meetingAt("Await", engine.AtSignal, signal, "signal %q") }

// AwaitDriver waits until the driver of that name has finished its actions, or has ended. Its
// endpoint stays open until all drivers have finished, unless it closed it. The timeout of
// actions does not apply to AwaitDriver; Within does.
func AwaitDriver(name string) Action {
	return meetingAt("AwaitDriver", engine.AtFinish, name, "driver %q to finish its actions")
}

// meetingAt makes an action that waits at a point.
func meetingAt(constructor string, kind engine.PointKind, name, what string) *action {
	args, at := []any{name}, engine.Point{Kind: kind, Name: name}
	a := newAction(constructor, args, func(ctx context.Context, s *Scope) error { return s.waitAt(ctx, at) }).waits(what, args...)
	a.point, a.meets, a.unbounded = at, true, true
	return a.needsName()
}

// needsName refuses a point without a name.
func (a *action) needsName() *action {
	if a.point.Name == "" {
		a.vet = func() error { return fmt.Errorf("a %s needs a name", a.point.Kind) }
	}
	return a
}

// waitAt waits at a point. An error that the point is broken is marked as such.
func (s *Scope) waitAt(ctx context.Context, at engine.Point) error {
	err := s.assignment.Coordinator.Arrive(ctx, at)
	if err == nil || errors.Is(err, engine.ErrStopped) || errors.Is(err, engine.ErrTimeout) {
		return err
	}
	return &checkpointError{err: err}
}

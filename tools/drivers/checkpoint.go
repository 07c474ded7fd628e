package drivers

import (
	"context"
	"errors"

	"github.com/lahja/go-lahja/tools/engine"
)

// Checkpoint waits until every driver that contains a checkpoint of that name has
// arrived at it. Arrivals are kept: a driver may pass while others have not
// noticed yet. Used again, it is the next round. It is broken at once, naming
// who is missing and why, when a driver that has to arrive no longer can, also
// because all wait for each other. The timeout of actions does not apply to it;
// Within does.
func Checkpoint(name string) Action {
	args := []any{name}
	a := newAction("Checkpoint", args, func(ctx context.Context, s *Scope) error {
		err := s.assignment.Coordinator.Arrive(ctx, name)
		if err == nil || errors.Is(err, engine.ErrStopped) || errors.Is(err, engine.ErrTimeout) {
			return err
		}
		return &checkpointError{err: err}
	}).waits("all parties of checkpoint %q", args...)
	a.checkpoint = name
	if name == "" {
		a.vet = func() error { return errors.New("a checkpoint needs a name") }
	}
	return a
}

func isCheckpoint(a Action) bool {
	own, ok := a.(*action)
	return ok && own.checkpoint != ""
}

package drivers

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
)

// witness is the context of an action. When the outer context ends, it first
// looks at what the endpoint sees, and only then ends too, so that the report
// shows what was there while the action still waited, with its subscriptions.
type witness struct {
	context.Context // What ends after the look.
	outer           context.Context
	seen            atomic.Pointer[[]engine.PeerState]
}

// newWitness returns a witness and what releases it.
func newWitness(ctx context.Context, s *Scope) (*witness, func()) {
	inner, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	w := &witness{Context: inner, outer: ctx}
	stop := context.AfterFunc(ctx, func() {
		state := engine.StateOf(s.Endpoint())
		w.seen.Store(&state)
		cancel(context.Cause(ctx))
	})
	return w, func() {
		stop()
		cancel(nil)
	}
}

// Deadline is that of a bound which the scenario set. The timeout that every action
// has is not told: what gives up shortly before a deadline would else pass for a
// failure of its own.
func (w *witness) Deadline() (time.Time, bool) {
	if w.outer.Value(boundedKey) == nil {
		return time.Time{}, false
	}
	return w.outer.Deadline()
}

// Err is the outer context's, once this one has ended.
func (w *witness) Err() error {
	if err := w.Context.Err(); err == nil || w.outer.Err() == nil {
		return err
	}
	return w.outer.Err()
}

// peers is what the witness saw, or what is there now where nothing ended.
func (w *witness) peers(s *Scope) []engine.PeerState {
	if seen := w.seen.Load(); seen != nil {
		return *seen
	}
	return engine.StateOf(s.Endpoint())
}

// witnessedError carries an action's error, with what the witness saw, out of
// the engine.
type witnessedError struct {
	err   error
	peers []engine.PeerState
}

func (e *witnessedError) Error() string { return e.err.Error() }

// testimony takes a witnessedError apart. An action that was left behind has
// none.
func testimony(err error, s *Scope) ([]engine.PeerState, error) {
	if w, ok := err.(*witnessedError); ok {
		return w.peers, w.err
	}
	return engine.StateOf(s.Endpoint()), err
}

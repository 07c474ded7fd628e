package drivers

import (
	"context"
	"time"
)

// Do lifts a function into an action. It must return when ctx ends.
func Do(name string, fn func(ctx context.Context, s *Scope) error) Action {
	return newAction("Do", []any{name}, fn).calling(fn)
}

// Sleep lets the engine's time pass. No scenario needs it to be right; it makes
// load, and slow drivers.
func Sleep(d time.Duration) Action {
	return newAction("Sleep", []any{d}, func(ctx context.Context, s *Scope) error { return s.Engine().Sleep(ctx, d) })
}

package engine

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/lahja/go-lahja/tools/internal/race"
)

// IgnoreGrace is how long RunWithTimeout lets a function go on after its context has ended: long
// enough for a loaded machine to schedule it, short beside every timeout. Only those wait
// for it that have something to mend.
const IgnoreGrace = race.Factor * time.Second

// RunWithTimeout implements EngineAPI.RunWithTimeout, for engines in whose time package time
// works. Cause is ErrTimeout, or a *TimeoutError. Start runs a function on another goroutine, calls
// ended when that has returned or has ended the goroutine, and returns what tells the stack.
func RunWithTimeout(ctx context.Context, timeout time.Duration, cause error, start func(ctx context.Context, fn, ended func()) (stack func() string), fn func(context.Context) error) error {
	cancel := context.CancelFunc(func() {})
	if timeout > 0 {
		ctx, cancel = context.WithTimeoutCause(ctx, timeout, cause)
	}
	defer cancel()
	done := make(chan error, 1)
	result := ErrGoexit
	stack := start(ctx, func() { result = fn(ctx) }, func() { done <- result })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	grace := time.NewTimer(IgnoreGrace)
	defer grace.Stop()
	select {
	case err := <-done:
		return err
	case <-grace.C:
		return &IgnoredError{Timeout: timeout, Cause: context.Cause(ctx), Stack: stack()}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

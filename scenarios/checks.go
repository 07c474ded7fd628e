package scenarios

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// closedBefore waits until done is closed, and fails if ctx ends first.
func closedBefore(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// until is for a Do that waits until done is closed.
func until(done <-chan struct{}) func(context.Context, *drivers.Scope) error {
	return func(ctx context.Context, _ *drivers.Scope) error { return closedBefore(ctx, done) }
}

// closing is for a Do that closes a channel.
func closing(done chan<- struct{}) func(context.Context, *drivers.Scope) error {
	return func(context.Context, *drivers.Scope) error { close(done); return nil }
}

// servesPings answers each Ping with the Pong of its number.
func servesPings() drivers.Action {
	return drivers.ServeRequests(func(ping lahja.Event[Ping]) Pong { return Pong{N: ping.Data.N} })
}

package lahja

import (
	"context"
)

// Lifecycle is implemented by endpoints that report whether they run. See IsRunning,
// IsServing and Done.
type Lifecycle interface {
	// IsRunning reports whether the endpoint runs: from Run or Serve until Close, or until
	// the last step of Shutdown. After that, calls fail with ErrLifecycle.
	IsRunning() bool
	// IsServing reports whether others can connect to the endpoint: from Serve until Close
	// or Shutdown.
	IsServing() bool
	// Done returns a channel that is closed when the endpoint has ended: Close or Shutdown
	// has done all its work, and no handler runs any more. If the endpoint is never closed,
	// neither is the channel.
	Done() <-chan struct{}
}

// IsRunning reports whether ep runs; see Lifecycle. An endpoint that does not implement
// Lifecycle counts as running while it lists itself.
func IsRunning(ep EndpointAPI) bool {
	if l, ok := ep.(Lifecycle); ok {
		return l.IsRunning()
	}
	return len(ep.Peers().Peers) > 0
}

// IsServing reports whether others can connect to ep; see Lifecycle. It is false for an
// endpoint that does not implement Lifecycle.
func IsServing(ep EndpointAPI) bool {
	l, ok := ep.(Lifecycle)
	return ok && l.IsServing()
}

// Done returns a channel that is closed when ep has ended; see Lifecycle. For an endpoint
// that does not implement Lifecycle, Done starts a goroutine that waits until ep no longer
// runs.
func Done(ep EndpointAPI) <-chan struct{} {
	if l, ok := ep.(Lifecycle); ok {
		return l.Done()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for seen := (Snapshot{}); ; {
			next, err := ep.WaitForChange(context.Background(), seen.Version)
			if err != nil {
				return
			}
			seen = next
		}
	}()
	return done
}

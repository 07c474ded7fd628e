package lahja

import (
	"context"
	"sync/atomic"
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

// phase is the stage of an endpoint's life. It only grows. It is read without a lock, so
// that an endpoint can be printed anywhere.
type phase struct{ n atomic.Int32 }

const (
	notRunning int32 = iota
	running
	serving
	closing
	closed
)

var phaseNames = [...]string{"not running", "running", "serving", "closing", "closed"}

// reach raises the phase to n, and reports whether it was lower.
func (p *phase) reach(n int32) bool {
	for {
		now := p.n.Load()
		if now >= n {
			return false
		}
		if p.n.CompareAndSwap(now, n) {
			return true
		}
	}
}

func (p *phase) String() string { return phaseNames[p.n.Load()] }

// Serving records that others can connect to the endpoint.
func (c *Core) Serving() { c.phase.reach(serving) }

// Closing records that the endpoint has begun to close. Close does so too.
func (c *Core) Closing() { c.phase.reach(closing) }

// End records that the endpoint has only to wait for running handlers, and for wait if it
// is not nil. Then it closes Ended. Call it last.
func (c *Core) End(wait func()) {
	end := func() {
		if wait != nil {
			wait()
		}
		if c.phase.reach(closed) {
			close(c.ended)
		}
	}
	if idle := c.handlers.Idle(); idle != nil { // The caller may be one of them.
		go func() { <-idle; end() }()
		return
	}
	end()
}

// IsRunning implements Lifecycle.
func (c *Core) IsRunning() bool { return c.running.Load() }

// IsServing implements Lifecycle.
func (c *Core) IsServing() bool { return c.phase.n.Load() == serving }

// Ended is Lifecycle.Done: End closes it. Done is closed earlier, by Close.
func (c *Core) Ended() <-chan struct{} { return c.ended }

// String returns the endpoint's name and phase, such as "server (serving)". It takes no
// lock.
func (c *Core) String() string {
	if c == nil {
		return "<nil>"
	}
	return c.cfg.Name + " (" + c.phase.String() + ")"
}

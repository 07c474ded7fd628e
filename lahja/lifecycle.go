package lahja

import (
	"context"
	"sync/atomic"
)

// Lifecycle is offered by endpoints that tell where in their life they are. See IsRunning,
// IsServing and Done.
type Lifecycle interface {
	// IsRunning reports whether the endpoint runs: from Run or Serve until Close, or
	// the last step of Shutdown. Then calls fail with ErrLifecycle.
	IsRunning() bool
	// IsServing reports whether others can connect to the endpoint: from Serve until
	// Close or Shutdown.
	IsServing() bool
	// Done is closed when the endpoint has ended: when Close or Shutdown has done all
	// its work, and no handler runs any more. It is never closed for one that is not
	// closed.
	Done() <-chan struct{}
}

// IsRunning is Lifecycle.IsRunning. An endpoint without a Lifecycle runs while it lists
// itself.
func IsRunning(ep EndpointAPI) bool {
	if l, ok := ep.(Lifecycle); ok {
		return l.IsRunning()
	}
	return len(ep.Peers().Peers) > 0
}

// IsServing is Lifecycle.IsServing, and false for an endpoint without a Lifecycle.
func IsServing(ep EndpointAPI) bool {
	l, ok := ep.(Lifecycle)
	return ok && l.IsServing()
}

// Done is Lifecycle.Done. For an endpoint without a Lifecycle it starts a goroutine that
// waits until a call fails because the endpoint does not run.
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

// phase is where in its life an endpoint is. It only grows, and is read without a lock, so
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

// reach reports whether the phase was before n, and is n now.
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

// Serving notes that others can connect to the endpoint.
func (c *Core) Serving() { c.phase.reach(serving) }

// Closing notes that the endpoint has begun to close. Close notes it too.
func (c *Core) Closing() { c.phase.reach(closing) }

// End notes, for the last time, that the endpoint has nothing left to do but to wait for
// handlers that run, and for wait; nil is nothing. Then Ended is closed.
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

// IsRunning is Lifecycle.IsRunning.
func (c *Core) IsRunning() bool { return c.running.Load() }

// IsServing is Lifecycle.IsServing.
func (c *Core) IsServing() bool { return c.phase.n.Load() == serving }

// Ended is Lifecycle.Done: closed after End. Done is closed before, by Close.
func (c *Core) Ended() <-chan struct{} { return c.ended }

// String is the endpoint's name and where in its life it is: "server (serving)". It takes
// no lock.
func (c *Core) String() string {
	if c == nil {
		return "<nil>"
	}
	return c.cfg.Name + " (" + c.phase.String() + ")"
}

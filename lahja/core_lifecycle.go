package lahja

import "sync/atomic"

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

package core

// Serving records that others can connect to the endpoint.
func (c *Core) Serving() { c.phase.reach(serving) }

// End records that the endpoint has only to wait for running handlers, and for wait if it
// is not nil. Then it closes Ended. Call it last. It returns after Ended is closed, unless a
// handler runs.
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
	<-c.ended // An earlier End may be about to close it.
}

// IsRunning implements lahja.Lifecycle.
func (c *Core) IsRunning() bool { return c.running.Load() }

// IsServing implements lahja.Lifecycle.
func (c *Core) IsServing() bool { return c.phase.n.Load() == serving }

// Ended is Lifecycle.Done: End closes it. Done is closed earlier, by Close.
func (c *Core) Ended() <-chan struct{} { return c.ended }

// String returns the endpoint's name and phase, such as "server (serving)". It takes no
// lock.
func (c *Core) String() string {
	if c == nil {
		return "<nil>"
	}
	return c.Name() + " (" + c.phase.String() + ")"
}

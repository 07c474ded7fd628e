package core

// mostQueued is how many events are queued after a handler has kept the reader, at most.
const mostQueued = 4096

// Turn is the time during which a goroutine is the reader of a connection.
type Turn interface {
	// Call is called before a handler is called. From now on another goroutine may become the
	// reader.
	Call()
	// Return is called when the handler has returned. It reports whether the caller still is
	// the reader.
	Return() bool
}

// call is what a reader lets the handler that it calls do.
type call struct {
	takeOver func() // has another goroutine read
}

// enter makes the calling goroutine the one that calls the handler for n events, unless the
// events must be queued.
func (s *subscription) enter(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queuesNext > 0 {
		s.queuesNext -= n
		return false
	}
	if s.running || s.stopped {
		return false
	}
	s.running = true
	s.stats.Taken += uint64(n)
	s.base.handlers.Start()
	return true
}

// leave undoes enter. Another goroutine handles what was queued meanwhile.
func (s *subscription) leave() {
	s.uncalled()
	s.putBack()
	s.mu.Lock()
	s.queues = 0
	if s.queue.len() > 0 {
		s.base.workers.Run(s.start)
		s.mu.Unlock()
		return
	}
	s.forget()
	s.restLocked()
	s.mu.Unlock()
	s.rested()
}

// kept is called when the handler has kept the reader. So that one that always does costs no
// more than if its events were queued, twice as many of them are, each time.
func (s *subscription) kept() {
	s.uncalled()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queues = min(max(2*s.queues, 1), mostQueued)
	s.queuesNext = s.queues
}

func (s *subscription) uncalled() {
	if s.caller.Swap(nil) != nil {
		s.base.calling.Add(-1)
	}
}

// handOver implements inHandler.
func (s *subscription) handOver() {
	if c := s.caller.Load(); c != nil {
		c.takeOver()
	}
}

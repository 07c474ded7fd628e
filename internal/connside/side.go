// Package connside has what the reader and the writer of a connection in memory have in common:
// a deadline, and that they close.
package connside

import (
	"net"
	"sync"
	"time"
)

// Side is the reader or the writer. The lock of its connection guards it.
type Side struct {
	Closed bool
	// Expired says that the deadline has passed.
	Expired bool
	timer   *time.Timer
}

// SetDeadline sets the deadline; the zero time is none. It takes the connection's lock, and calls
// changed with it held, now and when the deadline passes. It fails with net.ErrClosed.
func (s *Side) SetDeadline(mu sync.Locker, t time.Time, changed func()) error {
	mu.Lock()
	defer mu.Unlock()
	if s.Closed {
		return net.ErrClosed
	}
	s.stop()
	left := time.Until(t)
	s.Expired = !t.IsZero() && left <= 0
	if !t.IsZero() && left > 0 {
		var timer *time.Timer
		timer = time.AfterFunc(left, func() {
			mu.Lock()
			defer mu.Unlock()
			if s.timer == timer { // or another deadline has been set since
				s.Expired = true
				changed()
			}
		})
		s.timer = timer
	}
	changed()
	return nil
}

func (s *Side) stop() {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}

// Close closes the side, which has no deadline any more. The lock is held.
func (s *Side) Close() {
	s.stop()
	s.Closed = true
}

package core

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

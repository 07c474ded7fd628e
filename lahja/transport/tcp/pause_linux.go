package tcp

import (
	"runtime"
	"time"
)

// The kernel tells nobody that a window has opened, so it is asked. A peer that reads
// makes room within microseconds; one that stands still is asked now and then.
const (
	spins      = 20
	firstPause = 50 * time.Microsecond
	lastPause  = 20 * time.Millisecond
)

// pause counts how often there was no room.
type pause int

// wait waits for a while, or until there is something in wake.
func (p *pause) wait(wake <-chan struct{}) {
	*p++
	if *p <= spins {
		runtime.Gosched()
		return
	}
	timer := time.NewTimer(min(firstPause<<min(*p-spins-1, 16), lastPause))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-wake:
	}
}

// Package beat has timers for a program that waits for its connections all the time.
//
// While a Go timer is due soon, each wait for a connection has the system set a clock of its
// own, which takes a tenth of a round trip. These timers share one clock of the
// system (on Linux; elsewhere they are Go timers), which runs while one of them is set.
package beat

import "time"

// Every is the time between two beats of the clock. A timer is early or late by up to one.
const Every = time.Millisecond

// Timer is what package lease needs of a time.Timer.
type Timer interface {
	// Reset has the timer's function called once, after d.
	Reset(d time.Duration) bool
	// Stop ends the timer for good. The timer's function must not call it.
	Stop() bool
}

// GoTimer is like New, and always returns a Go timer. Tests with a time of their own need one.
func GoTimer(f func()) Timer {
	t := time.AfterFunc(time.Hour, f)
	t.Stop()
	return t
}

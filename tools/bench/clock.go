package bench

import "time"

// clock is the time of this machine, in nanoseconds, which all its processes agree
// on and nobody sets.
type clock struct {
	base int64
	at   time.Time
}

// calibrations is how often the system's clock is held against Go's: the closest
// pair counts.
const calibrations = 16

// newClock holds the system's clock against Go's monotonic one, which is read
// several times as fast.
func newClock() clock {
	var best clock
	closest := time.Duration(-1)
	for range calibrations {
		before := time.Now()
		base := monotonic()
		after := time.Now()
		if apart := after.Sub(before); closest < 0 || apart < closest {
			closest, best = apart, clock{base: base, at: before.Add(apart / 2)}
		}
	}
	return best
}

func (c clock) now() int64 { return c.base + int64(time.Since(c.at)) }

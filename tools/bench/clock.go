package bench

import "time"

// clock is a time in nanoseconds that all processes of the machine share and nobody can set.
type clock struct {
	base int64
	at   time.Time
}

// calibrations is how many times the two clocks are compared; the closest pair counts.
const calibrations = 16

// newClock compares the system's clock with Go's monotonic clock, which is several times as
// fast to read.
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

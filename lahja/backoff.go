package lahja

import (
	"cmp"
	"fmt"
	"math"
	"time"
)

// Defaults of the fields of Backoff.
const (
	// DefaultBackoffLeast is 100 ms, about what a process takes to start again.
	DefaultBackoffLeast = 100 * time.Millisecond
	// DefaultBackoffMost is 10 s. An attempt costs next to nothing, and people do not want
	// to wait longer for a peer that is back.
	DefaultBackoffMost = 10 * time.Second
	// DefaultBackoffFactor is 2: the pause grows from the least to the most in seven
	// attempts.
	DefaultBackoffFactor = 2.0
	// DefaultBackoffJitter is a half. It spreads the attempts of endpoints that lost the
	// same peer at once, and keeps at least half of each pause.
	DefaultBackoffJitter = 0.5
)

// Backoff says how long to pause before each of several attempts: Least before the first
// one, then Factor times the previous pause, up to Most. A random part, at most Jitter, is
// taken off each pause. With the zero value the pauses are 50 to 100 ms, then 100 to 200
// ms, and finally 5 to 10 s. A field that is zero has its default.
type Backoff struct {
	// Least is the first pause. The default is DefaultBackoffLeast.
	Least time.Duration
	// Most is the longest pause, no shorter than Least. The default is DefaultBackoffMost.
	Most time.Duration
	// Factor is the ratio between one pause and the previous one, at least 1. The default
	// is DefaultBackoffFactor.
	Factor float64
	// Jitter is the largest random part of a pause, at most 1. The default is
	// DefaultBackoffJitter. Negative means none.
	Jitter float64
}

// Complete returns b with defaults filled in. It fails with ErrInvalid if a field is
// invalid. Completing twice changes nothing.
func (b Backoff) Complete() (Backoff, error) {
	b.Least = cmp.Or(b.Least, DefaultBackoffLeast)
	b.Most = cmp.Or(b.Most, DefaultBackoffMost)
	b.Factor = cmp.Or(b.Factor, DefaultBackoffFactor)
	b.Jitter = cmp.Or(b.Jitter, DefaultBackoffJitter)
	problem := ""
	switch {
	case b.Least < 0:
		problem = fmt.Sprintf("Least is %v; want more than 0, or 0 for the default of %v", b.Least, DefaultBackoffLeast)
	case b.Most < b.Least:
		problem = fmt.Sprintf("Most is %v; want no less than Least, which is %v, or 0 for the default of %v", b.Most, b.Least, DefaultBackoffMost)
	case !(b.Factor >= 1) || math.IsInf(b.Factor, 0): // or NaN
		problem = fmt.Sprintf("Factor is %v; want at least 1, because pauses do not get shorter, or 0 for the default of %v", b.Factor, DefaultBackoffFactor)
	case !(b.Jitter <= 1) || math.IsInf(b.Jitter, 0):
		problem = fmt.Sprintf("Jitter is %v; want a fraction up to 1, 0 for the default of %v, or a negative number for none", b.Jitter, DefaultBackoffJitter)
	}
	if problem != "" {
		return b, &Error{Op: "backoff", Kind: ErrInvalid, Detail: problem}
	}
	return b, nil
}

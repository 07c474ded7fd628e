package lahja

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// What a Backoff has where it does not say otherwise.
const (
	// DefaultBackoffLeast is 100 ms: about what a process takes to start again,
	// and little for who waits.
	DefaultBackoffLeast = 100 * time.Millisecond
	// DefaultBackoffMost is 10 s: an attempt costs next to nothing, and a peer
	// that is back is not kept waiting longer than people do.
	DefaultBackoffMost = 10 * time.Second
	// DefaultBackoffFactor is 2: seven attempts to get from the least to the most.
	DefaultBackoffFactor = 2.0
	// DefaultBackoffJitter is a half: it spreads those that lost the same peer at
	// once, and at least half of a pause is kept.
	DefaultBackoffJitter = 0.5
)

// Backoff says how long to pause before each of several attempts: Least before
// the first one, and then Factor times the pause before, up to Most. From each a
// random part is taken off, at most Jitter of it. So the pauses of the zero value
// are from 50 to 100 ms, from 100 to 200 ms, and at last from 5 to 10 s. A field
// that is zero has its default.
type Backoff struct {
	// Least is the first pause; DefaultBackoffLeast.
	Least time.Duration
	// Most is the longest pause; DefaultBackoffMost. It is not less than Least.
	Most time.Duration
	// Factor is by what each pause is longer than the one before;
	// DefaultBackoffFactor. It is 1 or more.
	Factor float64
	// Jitter is the part of a pause that is left to chance, up to 1;
	// DefaultBackoffJitter. Negative means none.
	Jitter float64
}

// Complete fills in the defaults. It fails with ErrInvalid for what cannot be. What
// is complete stays as it is.
func (b Backoff) Complete() (Backoff, error) {
	b, problem := b.completed()
	if problem == "" {
		return b, nil
	}
	return b, &Error{Op: "backoff", Kind: ErrInvalid, Detail: problem}
}

// completed fills in the defaults, or says which field cannot be.
func (b Backoff) completed() (complete Backoff, problem string) {
	b.Least = orDefault(b.Least, DefaultBackoffLeast)
	b.Most = orDefault(b.Most, DefaultBackoffMost)
	b.Factor = orDefault(b.Factor, DefaultBackoffFactor)
	b.Jitter = orDefault(b.Jitter, DefaultBackoffJitter)
	switch {
	case b.Least < 0:
		problem = fmt.Sprintf("Least is %v; want more than 0, or 0 for the default of %v", b.Least, DefaultBackoffLeast)
	case b.Most < b.Least:
		problem = fmt.Sprintf("Most is %v; want no less than Least, which is %v, or 0 for the default of %v", b.Most, b.Least, DefaultBackoffMost)
	case !(b.Factor >= 1) || math.IsInf(b.Factor, 0): // or no number
		problem = fmt.Sprintf("Factor is %v; want a number from 1 on, as pauses do not get shorter, or 0 for the default of %v", b.Factor, DefaultBackoffFactor)
	case !(b.Jitter <= 1) || math.IsInf(b.Jitter, 0):
		problem = fmt.Sprintf("Jitter is %v; want a part of the pause, from 0 to 1, or 0 for the default of %v, or a negative number for none", b.Jitter, DefaultBackoffJitter)
	}
	return b, problem
}

// After is the pause that follows one of d, both without jitter; 0 is none before.
// Like Jittered it is for implementations, which have called Complete.
func (b Backoff) After(d time.Duration) time.Duration {
	if d == 0 {
		return b.Least
	}
	longer := float64(d) * b.Factor
	if longer >= float64(b.Most) {
		return b.Most
	}
	return time.Duration(longer)
}

// Jittered takes the random part off d.
func (b Backoff) Jittered(d time.Duration) time.Duration {
	return d - time.Duration(rand.Float64()*max(0, b.Jitter)*float64(d))
}

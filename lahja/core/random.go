package core

import (
	cryptorand "crypto/rand"
	"encoding/binary"
	"math/rand/v2"
)

// random is where an endpoint's random numbers come from.
type random struct{ rand.Source }

// randomness returns the system's randomness if there is no source.
func randomness(source rand.Source) random {
	if source == nil {
		source = system{}
	}
	return random{source}
}

// system is the system's randomness, which nobody can guess.
type system struct{}

func (system) Uint64() uint64 {
	var b [8]byte
	cryptorand.Read(b[:]) // never fails, see its documentation
	return binary.LittleEndian.Uint64(b[:])
}

// instance returns the random number of an endpoint's run, never 0.
func (r random) instance() uint64 {
	for {
		if n := r.Uint64(); n != 0 {
			return n
		}
	}
}

// seed returns the seed of another source.
func (r random) seed() (seed [32]byte) {
	for i := 0; i < len(seed); i += 8 {
		binary.LittleEndian.PutUint64(seed[i:], r.Uint64())
	}
	return seed
}

// Float64 returns a number from 0 to 1 (not included) of Config.Random. It must not be called
// by two goroutines at once if there is one.
func (c *Core) Float64() float64 {
	if c.cfg.Random == nil {
		return rand.Float64()
	}
	return rand.New(c.cfg.Random).Float64()
}

//go:build !unix

package bench

// used returns zero: this system starts no processes, so there is nothing to measure.
func used() usage { return usage{} }

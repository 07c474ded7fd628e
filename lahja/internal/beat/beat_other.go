//go:build !linux

package beat

// New returns a timer that is not set. Its function must not wait.
func New(f func()) Timer { return GoTimer(f) }

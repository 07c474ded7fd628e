//go:build !linux

package subprocess

// awaitStopped returns at once: these systems cannot report a stop without also reaping the
// process, which exec.Cmd must do. The signal has been sent.
func awaitStopped(int) error { return nil }

//go:build !unix

package childproc

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

// Supported reports whether this system can start such processes.
const Supported = false

var errUnsupported = fmt.Errorf("%s has no process groups, and hands children no descriptors: %w", runtime.GOOS, errors.ErrUnsupported)

// Pair fails.
func Pair() (parent, child *os.File, err error) { return nil, nil, errUnsupported }

// Inherited fails.
func Inherited() (*os.File, error) { return nil, errUnsupported }

// Shield does nothing.
func Shield() {}

// ShieldRing does nothing.
func ShieldRing() {}

// Lead does nothing.
func Lead(*exec.Cmd) {}

// Kill fails.
func Kill(int) error { return errUnsupported }

// Stop fails.
func Stop(int) error { return errUnsupported }

// Continue fails.
func Continue(int) error { return errUnsupported }

// Lives reports false.
func Lives(int) bool { return false }

// Exists reports whether a process exists.
func Exists(pid int) bool {
	p, err := os.FindProcess(pid)
	if err == nil {
		_ = p.Release() // Nothing was done with it.
	}
	return err == nil
}

// Group returns this process: it is in no group.
func Group() int { return os.Getpid() }

// KillOwn does nothing.
func KillOwn() {}

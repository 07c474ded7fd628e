//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package runlog

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock keeps other commands out of the log until the file is closed, or the process
// is gone.
func lock(file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EWOULDBLOCK):
			return fmt.Errorf("another command writes to it; wait for that to end, or name another file")
		}
		return err
	}
}

package subprocess

import (
	"errors"

	"golang.org/x/sys/unix"
)

// awaitStopped returns when a child of this process has stopped, or ended, and leaves
// it to be waited for.
func awaitStopped(pid int) error {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WSTOPPED|unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

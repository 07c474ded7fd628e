package unix

import "golang.org/x/sys/unix"

// pidOf is 0 where the kernel does not know: the user is what counts.
func pidOf(fd int) int {
	pid, err := unix.GetsockoptInt(fd, unix.SOL_LOCAL, unix.LOCAL_PEERPID)
	if err != nil {
		return 0
	}
	return pid
}

//go:build unix

package lahja

import (
	"errors"
	"syscall"
)

const canTryWrite = true

// try writes as much as there is room for. It does not wait.
func (d *directWriter) try(fd uintptr) bool {
	for d.n < len(d.bytes) {
		wrote, failed := syscall.Write(int(fd), d.bytes[d.n:])
		switch {
		case failed == nil:
			d.n += wrote
		case errors.Is(failed, syscall.EINTR):
		case errors.Is(failed, syscall.EAGAIN):
			return true
		default:
			d.err = failed
			return true
		}
	}
	return true
}

//go:build unix

package sendq

import (
	"errors"
	"syscall"
)

const canTryWrite = true

// try writes as much as there is room for. It does not wait.
func (s *socketWriter) try(fd uintptr) bool {
	for s.n < len(s.bytes) {
		wrote, failed := syscall.Write(int(fd), s.bytes[s.n:])
		switch {
		case failed == nil:
			s.n += wrote
		case errors.Is(failed, syscall.EINTR):
		case errors.Is(failed, syscall.EAGAIN):
			return true
		default:
			s.err = failed
			return true
		}
	}
	return true
}

//go:build unix

package lahja

import (
	"errors"
	"syscall"
)

const canTryWrite = true

// tryWrite writes as much as there is room for. It does not wait.
func tryWrite(raw syscall.RawConn, b []byte) (n int, err error) {
	tried := raw.Write(func(fd uintptr) bool {
		for n < len(b) {
			wrote, failed := syscall.Write(int(fd), b[n:])
			switch {
			case failed == nil:
				n += wrote
			case errors.Is(failed, syscall.EINTR):
			case errors.Is(failed, syscall.EAGAIN):
				return true
			default:
				err = failed
				return true
			}
		}
		return true
	})
	return n, errors.Join(err, tried)
}

package tcp

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// control bounds the wait for acknowledgements, which keep-alive does not: while
// data is under way no probes are sent.
func (t Transport) control(_, _ string, c syscall.RawConn) error {
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(t.Bound().Milliseconds()))
	})
	if err != nil {
		return err
	}
	return failed
}

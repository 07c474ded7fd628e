//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package unix

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"runtime"
)

// credentials are those that a process had when it connected or listened. The variable
// credentialsOf, one for each system, asks the kernel for those of the other side of a
// socket. It is nil where that is not possible, and tests replace it.
type credentials struct{ uid, gid, pid int }

// checkable refuses a CheckPeer that could never be called, because its author relies on
// it.
func (t Transport) checkable() error {
	if t.CheckPeer == nil || credentialsOf != nil {
		return nil
	}
	return fmt.Errorf("unix: %w: %w: CheckPeer is set, and cannot be asked on %s, where it is not known who the peer is; "+
		"leave it nil, so that the socket's mode (0600) alone protects, or use another transport",
		fs.ErrInvalid, errors.ErrUnsupported, runtime.GOOS)
}

// check asks the kernel which process is on the other side, and decides.
func (t Transport) check(conn *net.UnixConn) error {
	if credentialsOf == nil {
		return t.checkable()
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var who credentials
	var asked error
	if err := raw.Control(func(fd uintptr) { who, asked = credentialsOf(int(fd)) }); err != nil {
		return err
	}
	if asked != nil {
		return fmt.Errorf("the kernel does not say who the peer is: %w", asked)
	}
	if t.CheckPeer != nil {
		return t.CheckPeer(who.uid, who.gid, who.pid)
	}
	return who.admitted(os.Geteuid())
}

// admitted is the rule without a CheckPeer, for a process of user own.
func (who credentials) admitted(own int) error {
	if who.uid == own || who.uid == 0 {
		return nil
	}
	return fmt.Errorf("the peer (process %d) runs as user %d, this process as %d; set CheckPeer to admit it", who.pid, who.uid, own)
}

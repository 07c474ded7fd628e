//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package unix

import (
	"errors"
	"fmt"
	"net"
	"os"
)

// check asks the kernel who is on the other side, and decides.
func (t Transport) check(conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var who credentials
	var asked error
	if err := raw.Control(func(fd uintptr) { who, asked = credentialsOf(int(fd)) }); err != nil {
		return err
	}
	if errors.Is(asked, errors.ErrUnsupported) {
		return nil
	}
	if asked != nil {
		return fmt.Errorf("the kernel does not say who the peer is: %w", asked)
	}
	if t.CheckPeer != nil {
		return t.CheckPeer(who.uid, who.gid, who.pid)
	}
	if own := os.Geteuid(); who.uid != own && who.uid != 0 {
		return fmt.Errorf("the peer (process %d) runs as user %d, this process as %d; set CheckPeer to admit it", who.pid, who.uid, own)
	}
	return nil
}

// credentials are those that a process had when it connected or listened.
type credentials struct{ uid, gid, pid int }

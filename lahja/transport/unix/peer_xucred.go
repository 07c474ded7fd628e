//go:build darwin || freebsd

package unix

import (
	"os"

	"golang.org/x/sys/unix"
)

var credentialsOf = func(fd int) (credentials, error) {
	c, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return credentials{}, os.NewSyscallError("getsockopt LOCAL_PEERCRED", err)
	}
	who := credentials{uid: int(c.Uid), pid: pidOf(fd)}
	if c.Ngroups > 0 {
		who.gid = int(c.Groups[0])
	}
	return who, nil
}

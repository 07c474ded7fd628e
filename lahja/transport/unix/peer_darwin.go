package unix

import (
	"os"

	"golang.org/x/sys/unix"
)

func credentialsOf(fd int) (credentials, error) {
	c, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return credentials{}, os.NewSyscallError("getsockopt LOCAL_PEERCRED", err)
	}
	who := credentials{uid: int(c.Uid)}
	if c.Ngroups > 0 {
		who.gid = int(c.Groups[0])
	}
	if pid, err := unix.GetsockoptInt(fd, unix.SOL_LOCAL, unix.LOCAL_PEERPID); err == nil {
		who.pid = pid
	}
	return who, nil
}

package unix

import (
	"os"
	"syscall"
)

var credentialsOf = func(fd int) (credentials, error) {
	c, err := syscall.GetsockoptUcred(fd, syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	if err != nil {
		return credentials{}, os.NewSyscallError("getsockopt SO_PEERCRED", err)
	}
	return credentials{uid: int(c.Uid), gid: int(c.Gid), pid: int(c.Pid)}, nil
}

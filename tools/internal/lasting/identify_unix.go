//go:build unix

package lasting

import "syscall"

// identify says which file a connection is.
func identify(conn syscall.Conn) (id ID, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return id, err
	}
	var stat syscall.Stat_t
	var failed error
	if err = raw.Control(func(fd uintptr) { failed = syscall.Fstat(int(fd), &stat) }); err == nil {
		err = failed
	}
	return ID{uint64(stat.Dev), uint64(stat.Ino)}, err
}

//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package unix

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
)

// maxPath is the most bytes of a socket's path, one being for the final zero:
// 107 on Linux, 103 on macOS and the BSDs.
const maxPath = len(syscall.RawSockaddrUnix{}.Path) - 1

// checkPath refuses a path that can never be a socket's.
func checkPath(path string) error {
	switch {
	case path == "":
		return fmt.Errorf("unix: %w: the path of the socket is empty", fs.ErrInvalid)
	case len(path) > maxPath:
		return fmt.Errorf("unix: %w: the path %q has %d bytes, and a socket's can have %d here; "+
			"use a shorter directory (os.MkdirTemp(\"\", ...), say) or a relative path", fs.ErrInvalid, path, len(path), maxPath)
	case strings.IndexByte(path, 0) >= 0:
		return fmt.Errorf("unix: %w: the path %q contains a zero byte", fs.ErrInvalid, path)
	case path[0] == '@':
		return fmt.Errorf("unix: %w: the path %q would be an abstract socket, which has no mode and no owner; write \"./%s\" for a file of that name",
			fs.ErrInvalid, path, path)
	}
	return nil
}

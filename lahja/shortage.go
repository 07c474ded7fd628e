package lahja

import (
	"errors"
	"syscall"
)

// shortage returns how to fix an error of the system that has run out of a resource, and ""
// for any other error.
func shortage(err error) string {
	switch {
	case errors.Is(err, syscall.EMFILE):
		return "this process has as many descriptors open as it may; close some, or raise its limit (ulimit -n)"
	case errors.Is(err, syscall.ENFILE):
		return "the system has as many files open as it may; close some, or raise its limit (fs.file-max)"
	case errors.Is(err, syscall.ENOSPC):
		return "there is no room for the socket's file; make some (also of inodes), or use another directory"
	}
	return ""
}

package p2p

import (
	"errors"
	"syscall"
)

// shortage returns how to fix an error of the system that has run out of a resource, and ""
// for any other error.
func shortage(err error) string {
	switch {
	case errors.Is(err, syscall.EMFILE):
		return "this process has reached its limit of open descriptors; close some, or raise the limit (ulimit -n)"
	case errors.Is(err, syscall.ENFILE):
		return "the system has reached its limit of open files; close some, or raise the limit (fs.file-max)"
	case errors.Is(err, syscall.ENOSPC):
		return "the disk has no room for the socket's file; free some space or inodes, or use another directory"
	}
	return ""
}

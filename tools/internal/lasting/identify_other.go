//go:build !unix

package lasting

import "syscall"

// identify says nothing: no run looks for descriptors here.
func identify(syscall.Conn) (ID, error) { return ID{}, nil }

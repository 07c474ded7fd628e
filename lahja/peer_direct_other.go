//go:build !unix

package lahja

import (
	"errors"
	"syscall"
)

const canTryWrite = false

func tryWrite(syscall.RawConn, []byte) (int, error) { return 0, errors.ErrUnsupported }

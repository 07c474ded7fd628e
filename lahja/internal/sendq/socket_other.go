//go:build !unix

package sendq

import "errors"

const canTryWrite = false

func (s *socketWriter) try(uintptr) bool {
	s.err = errors.ErrUnsupported
	return true
}

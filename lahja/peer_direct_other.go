//go:build !unix

package lahja

import "errors"

const canTryWrite = false

func (d *directWriter) try(uintptr) bool {
	d.err = errors.ErrUnsupported
	return true
}

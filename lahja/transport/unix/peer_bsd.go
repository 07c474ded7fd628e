//go:build freebsd || netbsd || openbsd || dragonfly

package unix

import "errors"

// credentialsOf does not know how to ask here; the socket's mode protects.
func credentialsOf(int) (credentials, error) { return credentials{}, errors.ErrUnsupported }

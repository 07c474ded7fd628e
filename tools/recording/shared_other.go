//go:build !linux

package recording

import "errors"

// NewShared would make a ring for another process to write. Only Linux has the memory for it.
func NewShared(int) (*Ring, error) {
	return nil, errors.New("a ring in memory that another process inherits needs Linux")
}

// Inherit would be a ring that the parent process made with NewShared.
func Inherit(uintptr) (*Ring, error) {
	return nil, errors.New("a ring in memory that another process inherits needs Linux")
}

// Close does nothing.
func (r *Ring) Close() error { return nil }

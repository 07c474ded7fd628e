//go:build !linux

package bench

import "errors"

// usedBy fails: it is not known here.
func usedBy(int) (usage, error) {
	return usage{}, errors.New("bench: only Linux tells the processor time and the memory of another program")
}

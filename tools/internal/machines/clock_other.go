//go:build !linux || !amd64

package machines

import "errors"

// ClockShifts reports whether a machine's clock can be ahead.
const ClockShifts = false

func shiftClock(int32) error { return errors.New("a clock can be shifted on linux/amd64 alone") }

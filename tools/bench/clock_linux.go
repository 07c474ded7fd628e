package bench

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// monotonic is CLOCK_MONOTONIC, which is one for all processes.
func monotonic() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic(fmt.Sprintf("bench: this system has no monotonic clock: %v", err))
	}
	return t.Nano()
}

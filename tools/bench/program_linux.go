package bench

import (
	"fmt"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// processClock is the kind of clock that counts a process's processor time, in the last bits of a
// clock's number. The bits before it are the complement of the process's number.
const processClock = 2

// usedBy returns what another process has used so far.
func usedBy(pid int) (usage, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|processClock), &t); err != nil {
		return usage{}, fmt.Errorf("bench: the processor time of process %d: %w", pid, err)
	}
	memory, ok := status(strconv.Itoa(pid), "VmHWM:")
	if !ok {
		return usage{}, fmt.Errorf("bench: /proc/%d/status has no VmHWM", pid)
	}
	return usage{CPU: time.Duration(t.Nano()), Memory: memory}, nil
}

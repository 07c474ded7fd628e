//go:build unix

package runner_test

import (
	"syscall"
	"testing"
	"time"
)

// ownSession has a process leave its group.
var ownSession = &syscall.SysProcAttr{Setsid: true}

// cpuTime is the processor time of this process and of the children it waited for.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var total time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var usage syscall.Rusage
		if err := syscall.Getrusage(who, &usage); err != nil {
			b.Fatal(err)
		}
		total += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	return total
}

//go:build unix

package bench

import (
	"runtime"
	"syscall"
	"time"
)

func used() usage {
	var own, children syscall.Rusage
	// Getrusage fails only for an unknown argument.
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &own)
	_ = syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children)
	return usage{CPU: processors(own) + processors(children), Memory: peak(own)}
}

func processors(r syscall.Rusage) time.Duration {
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// peak prefers the figure in /proc. On Linux, rusage also counts the memory that the parent had
// before the child became this program.
func peak(r syscall.Rusage) int64 {
	if bytes, ok := status("self", "VmHWM:"); ok {
		return bytes
	}
	if runtime.GOOS == "darwin" {
		return int64(r.Maxrss)
	}
	return int64(r.Maxrss) << 10
}

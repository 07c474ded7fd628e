package bench

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"
)

// usage is what this process has used so far.
type usage struct {
	// CPU is time on processors, of the program and of the kernel for it.
	CPU time.Duration `json:"cpu"`
	// Memory is the most that was resident at once, in bytes.
	Memory int64 `json:"memory"`
}

func used() usage {
	var r syscall.Rusage
	// It fails only for what is no process.
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return usage{CPU: time.Duration(r.Utime.Nano() + r.Stime.Nano()), Memory: peak(r)}
}

// peak prefers the kernel's own figure: on Linux rusage also counts what the parent
// had before this program was started in its place.
func peak(r syscall.Rusage) int64 {
	if bytes, ok := status("VmHWM:"); ok {
		return bytes
	}
	return r.Maxrss * maxrssUnit
}

// status is a line of /proc/self/status that is given in kB, in bytes.
func status(name string) (int64, bool) {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false // not Linux
	}
	for line := range bytes.Lines(data) {
		fields := bytes.Fields(line)
		if len(fields) == 3 && string(fields[0]) == name {
			kb, err := strconv.ParseInt(string(fields[1]), 10, 64)
			return kb << 10, err == nil
		}
	}
	return 0, false
}

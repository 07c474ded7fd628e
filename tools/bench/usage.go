package bench

import (
	"bytes"
	"math"
	"os"
	"runtime"
	"strconv"
	"time"
)

// usage is what a process has used so far.
type usage struct {
	// CPU is the user and system time of the process and of its children that have ended.
	CPU time.Duration `json:"cpu"`
	// Memory is the peak resident size in bytes.
	Memory int64 `json:"memory"`
}

// status returns a line of a process's status in /proc, in bytes; the kernel gives it in kB. The
// process is its number, or "self".
func status(process, name string) (int64, bool) {
	data, err := os.ReadFile("/proc/" + process + "/status")
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

// settled collects garbage until no more goes, and returns the bytes that the heap and the
// stacks then use.
func settled() int64 {
	last := int64(math.MaxInt64)
	for {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		now := int64(m.HeapInuse + m.StackInuse)
		if now >= last {
			return last
		}
		last = now
	}
}

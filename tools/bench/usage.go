package bench

import (
	"bytes"
	"math"
	"os"
	"runtime"
	"strconv"
	"time"
)

// usage is what this process has used so far.
type usage struct {
	// CPU is time on processors, of the program and of the kernel for it, with that of
	// its children which have ended.
	CPU time.Duration `json:"cpu"`
	// Memory is the most that was resident at once, in bytes.
	Memory int64 `json:"memory"`
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

// settled is the memory that this process has in use once nothing more can be
// collected, in bytes: of its heap and its stacks.
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

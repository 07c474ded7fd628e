package stress_test

import (
	"os"
	"runtime"
	"testing"
	"time"
)

// remains is what this process holds.
type remains struct {
	descriptors, goroutines int
	heap                    uint64
}

func held(t *testing.T) remains {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("this system does not list a process's descriptors: %v", err)
	}
	runtime.GC()
	runtime.GC() // What the first one finds dead, the second one frees.
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return remains{descriptors: len(open), goroutines: runtime.NumGoroutine(), heap: stats.HeapAlloc}
}

// heapSlack is what pools, timers and the runtime may keep.
const heapSlack = 2 << 20

// nothingLeft demands that the process holds what it held before. What ends by itself has
// a second to do so: there is no event for the end of a goroutine.
func nothingLeft(t *testing.T, before remains) {
	t.Helper()
	now := held(t)
	for end := time.Now().Add(time.Second); now.beyond(before) && time.Now().Before(end); now = held(t) {
		time.Sleep(5 * time.Millisecond) // Between looks.
	}
	if now.beyond(before) {
		stacks := make([]byte, 1<<20)
		t.Errorf("left behind: got %+v, want %+v\n%s", now, before, stacks[:runtime.Stack(stacks, true)])
	}
}

func (r remains) beyond(before remains) bool {
	return r.descriptors > before.descriptors || r.goroutines > before.goroutines || r.heap > before.heap+heapSlack
}

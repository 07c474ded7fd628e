package goroutines

import (
	"runtime"
	"strings"
)

// stuckFrames is how many callers of what it is stuck in a report shows.
const stuckFrames = 10

// stackOf is the stack of a goroutine by its number: what it is in first. It is empty if the
// goroutine has ended.
func stackOf(number string) string {
	for stack := range strings.SplitSeq(dumpAll(), "\n\n") {
		if numberOf(stack) == number {
			return firstFrames(stack)
		}
	}
	return ""
}

// goroutineNumber is the number of this goroutine.
func goroutineNumber() string {
	var head [64]byte
	return numberOf(string(head[:runtime.Stack(head[:], false)]))
}

// dumpAll is the stacks of all goroutines, up to a few megabytes.
func dumpAll() string {
	for size := 64 << 10; ; size *= 2 {
		buffer := make([]byte, size)
		n := runtime.Stack(buffer, true)
		if n < size || size >= 4<<20 {
			return string(buffer[:n])
		}
	}
}

// numberOf is the N of "goroutine N [running]:".
func numberOf(stack string) string {
	number, _, _ := strings.Cut(strings.TrimPrefix(stack, "goroutine "), " ")
	return number
}

// firstFrames leaves of a stack its first functions, each with its place.
func firstFrames(stack string) string {
	lines := strings.Split(strings.TrimSpace(stack), "\n")
	return strings.Join(lines[:min(len(lines), 1+2*stuckFrames)], "\n")
}

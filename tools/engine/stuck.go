package engine

import (
	"fmt"
	"runtime"
	"strings"
)

// stuckFrames is how many callers of what it is stuck in a report shows.
const stuckFrames = 10

// stuck is the stack of the goroutine that inGoroutine started for its caller and
// that did not return: what it is stuck in first. It is empty where it has just ended.
func stuck() string {
	started := fmt.Sprintf("engine.inGoroutine in goroutine %s\n", GoroutineNumber())
	return stackWith(func(stack string) bool { return strings.Contains(stack+"\n", started) })
}

// StackOf is the stack of a goroutine by its number: what it is in first. It is empty if the
// goroutine has ended.
func StackOf(goroutine string) string {
	return stackWith(func(stack string) bool { return goroutineNumber(stack) == goroutine })
}

func stackWith(is func(stack string) bool) string {
	for stack := range strings.SplitSeq(dump(true), "\n\n") {
		if is(stack) {
			return firstFrames(stack)
		}
	}
	return ""
}

// GoroutineNumber is the number of this goroutine.
func GoroutineNumber() string {
	var head [64]byte
	return goroutineNumber(string(head[:runtime.Stack(head[:], false)]))
}

// dump is the stack of this goroutine, or of all of them up to a few megabytes.
func dump(all bool) string {
	for size := 64 << 10; ; size *= 2 {
		buffer := make([]byte, size)
		n := runtime.Stack(buffer, all)
		if n < size || size >= 4<<20 {
			return string(buffer[:n])
		}
	}
}

// goroutineNumber is the N of "goroutine N [running]:".
func goroutineNumber(stack string) string {
	number, _, _ := strings.Cut(strings.TrimPrefix(stack, "goroutine "), " ")
	return number
}

// firstFrames leaves of a stack its first functions, each with its place.
func firstFrames(stack string) string {
	lines := strings.Split(strings.TrimSpace(stack), "\n")
	return strings.Join(lines[:min(len(lines), 1+2*stuckFrames)], "\n")
}

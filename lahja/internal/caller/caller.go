// Package caller reports what the calling goroutine is in the middle of. A goroutine has no
// identity in Go. A marker in a context is lost on calls that take none (Close), and a note
// for each event would cost each event. So the package looks for functions on the stack,
// which takes microseconds, and only where the answer matters.
package caller

import (
	"reflect"
	"runtime"
	"slices"
)

// Entry returns where the code of a function or method expression begins.
func Entry(function any) uintptr { return reflect.ValueOf(function).Pointer() }

// Inside reports whether the calling goroutine is in one of the functions that begin there.
func Inside(entries ...uintptr) bool {
	pcs := make([]uintptr, 64)
	for skip := 2; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs)
		frames := runtime.CallersFrames(pcs[:n])
		for n > 0 {
			frame, more := frames.Next()
			if slices.Contains(entries, frame.Entry) {
				return true
			}
			if !more {
				break
			}
		}
		if n < len(pcs) {
			return false
		}
	}
}

// Package caller reports what the calling goroutine is in the middle of. A goroutine has no
// identity in Go. A marker in a context is lost on calls that take none (Close), and a note
// for each event would cost each event. So the package looks for functions on the stack,
// which takes microseconds, and only where the answer matters.
package caller

import (
	"reflect"
	"runtime"
	"slices"
	"sync/atomic"
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

var (
	inline  atomic.Uintptr // the function that calls inline handlers
	readers atomic.Int64   // that call one now, or may soon, of all endpoints
)

// SetInline names the function that calls inline handlers.
func SetInline(entry uintptr) { inline.Store(entry) }

// EnterInline counts a reader that is about to call inline handlers, and LeaveInline one that
// has finished.
func EnterInline() { readers.Add(1) }

// LeaveInline ends EnterInline.
func LeaveInline() { readers.Add(-1) }

// MustNotWait reports whether the calling goroutine is a reader that calls an inline
// handler: it might have to read itself what it would wait for.
func MustNotWait() bool { return readers.Load() > 0 && Inside(inline.Load()) }

// WaitsInline says why a call fails if MustNotWait.
const WaitsInline = "an inline handler (SubscribeConfig.Inline) must not wait, because nothing is read from its peer meanwhile; " +
	"do it on another goroutine, or subscribe without Inline"

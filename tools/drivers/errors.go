package drivers

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
)

// actionError is the failure of the innermost action that failed.
type actionError struct {
	action  Action
	kind    engine.FailureKind
	err     error
	elapsed time.Duration
	peers   []engine.PeerState
	detail  string
}

func (e *actionError) Error() string { return e.err.Error() }
func (e *actionError) Unwrap() error { return e.err }

// timeoutError is the error of an action that ran into a timeout it did not ask
// for.
type timeoutError struct {
	after time.Duration
	err   error
	// more is what the engine knows of it; it may be empty.
	more string
}

func newTimeoutError(ctx context.Context, after time.Duration, err error) *timeoutError {
	e := &timeoutError{after: after, err: err}
	if cause, knows := context.Cause(ctx).(*engine.TimeoutError); knows {
		e.more = ", " + cause.Why()
	}
	return e
}

func (e *timeoutError) Error() string {
	return fmt.Sprintf("timeout after %v%s: %v", e.after, e.more, e.err)
}

// Unwrap leaves the context's error out: what ended was the driver's time, which
// no action throws.
func (e *timeoutError) Unwrap() error { return engine.ErrTimeout }

// withinError is the error of an action that ran into the bound that Within set.
type withinError struct {
	bound time.Duration
	err   error
}

func (e *withinError) Error() string {
	return fmt.Sprintf("not done within %v: %v", e.bound, e.err)
}

func (e *withinError) Unwrap() []error { return []error{context.DeadlineExceeded, e.err} }

// assertionError is a failed Gomega assertion.
type assertionError struct {
	message string
	place   string
	// stray is the driver on whose own goroutine it failed, where nobody recovers its
	// panic; empty elsewhere.
	stray string
}

func (e *assertionError) Error() string {
	if e.stray == "" {
		return e.message
	}
	return fmt.Sprintf("driver %s made an assertion on a goroutine that a go statement started, where its failure cannot reach the action; "+
		"start the goroutine with s.Go(func() { … }), where s is the *drivers.Scope. The assertion at %s: %s", e.stray, e.place, e.message)
}

// strayIn returns the driver's name where the calling goroutine was started neither by the
// framework nor by the bus, which recover a failed assertion.
func strayIn(driver string) string {
	began := ""
	for pcs, skip := make([]uintptr, 64), 2; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs)
		frames := runtime.CallersFrames(pcs[:n])
		for more := n > 0; more; {
			var frame runtime.Frame
			frame, more = frames.Next()
			if frame.Function == packagePath+".protect" {
				return ""
			}
			if !strings.HasPrefix(frame.Function, "runtime.") {
				began = frame.Function
			}
		}
		if n < len(pcs) {
			break
		}
	}
	if strings.HasPrefix(began, modulePath+"/lahja.") || strings.HasPrefix(began, modulePath+"/lahja/") {
		return ""
	}
	return driver
}

// panicError is a panic, or the early end of a goroutine, in an action.
type panicError struct {
	value any
	stack string
	hint  string
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %s%v", e.hint, e.value) }

// hintFor says what mends the panics that Gomega's global functions and Ginkgo's
// Fail make where no spec listens to them. What they say themselves does not help
// in a driver.
func hintFor(value any) string {
	text := fmt.Sprint(value)
	if strings.Contains(text, "registered Gomega's fail handler") || strings.Contains(text, "GinkgoRecover") {
		return "the global Expect (or Fail) was used in a driver, where no test listens; use the Expect of its *Scope. It said: "
	}
	return ""
}

// Unwrap returns the error that was the panic's value.
func (e *panicError) Unwrap() error {
	err, _ := e.value.(error)
	return err
}

// outsideError ends a driver's actions for something that happened beside them:
// a handler or a background action failed.
type outsideError struct{ err error }

func (e *outsideError) Error() string { return e.err.Error() }
func (e *outsideError) Unwrap() error { return e.err }

// handlerError is the failure of a bus handler that no action expects.
type handlerError struct{ failed lahja.HandlerError }

func (e *handlerError) Error() string {
	return fmt.Sprintf("the handler of %s failed on an event from %s: %v", e.failed.Event, e.failed.Origin, e.failed.Err)
}

func (e *handlerError) Unwrap() error { return e.failed.Err }

// subscribedError is the failure of a bus handler that an action subscribed.
type subscribedError struct {
	action *action
	index  int
	err    error
}

func (e *subscribedError) Error() string { return e.err.Error() }
func (e *subscribedError) Unwrap() error { return e.err }

// throwsError says that an action did not fail as Throws said.
type throwsError struct {
	message string
	err     error
}

func (e *throwsError) Error() string { return e.message }
func (e *throwsError) Unwrap() error { return e.err }

// checkpointError is a broken checkpoint.
type checkpointError struct{ err error }

func (e *checkpointError) Error() string { return e.err.Error() }
func (e *checkpointError) Unwrap() error { return e.err }

// protect turns a panic of fn and a failed assertion into its error.
func protect(fn func() error) (err error) {
	defer func() {
		switch value := recover().(type) {
		case nil:
		case *assertionError:
			err = value
		default:
			err = &panicError{value: value, stack: PanicPlace(debug.Stack()), hint: hintFor(value)}
		}
	}()
	return fn()
}

// classify says what kind of failure err is.
func classify(err error) engine.FailureKind {
	for _, c := range []struct {
		kind engine.FailureKind
		is   func(error) bool
	}{
		{engine.FailedStopped, func(err error) bool { return errors.Is(err, engine.ErrStopped) }},
		{engine.FailedThrows, is[*throwsError]},
		{engine.FailedIgnored, is[*engine.IgnoredError]},
		{engine.FailedHandler, is[*handlerError]},
		{engine.FailedAssertion, is[*assertionError]},
		{engine.FailedPanic, is[*panicError]},
		{engine.FailedPanic, func(err error) bool { return errors.Is(err, engine.ErrGoexit) }},
		{engine.FailedCheckpoint, is[*checkpointError]},
		{engine.FailedTimeout, is[*timeoutError]},
		{engine.FailedTimeout, is[*withinError]},
	} {
		if c.is(err) {
			return c.kind
		}
	}
	return engine.FailedError
}

func is[E error](err error) bool {
	var target E
	return errors.As(err, &target)
}

// detailOf is what a report adds for people: the stack of a panic, the place of
// an assertion.
func detailOf(err error) string {
	var p *panicError
	var a *assertionError
	var l *lahja.PanicError
	var i *engine.IgnoredError
	switch {
	case errors.As(err, &i):
		return i.Stack
	case errors.As(err, &a):
		if a.place != "" {
			return "assertion at " + a.place
		}
	case errors.As(err, &p):
		return p.stack
	case errors.As(err, &l):
		return PanicPlace(l.Stack)
	}
	return ""
}

// callOf is the call on the bus that failed; nil where the error names none.
func callOf(err error) *engine.Call {
	var late *timeoutError
	if errors.As(err, &late) {
		err = late.err // Its own chain ends there.
	}
	var failed *lahja.Error
	if !errors.As(err, &failed) {
		return nil
	}
	call := &engine.Call{Op: failed.Op, Peer: failed.Peer, Event: failed.Event}
	if failed.Kind != nil {
		call.Kind = failed.Kind.Error()
	}
	for _, cause := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(failed, cause) {
			call.Cause = cause.Error()
		}
	}
	return call
}

// callerPlace is the first caller outside of Gomega, the runtime and this package:
// where an assertion failed, or a panic began.
func callerPlace() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		frame, more := frames.Next()
		if !strings.Contains(frame.Function, "onsi/gomega") && !strings.HasPrefix(frame.Function, "runtime.") &&
			!strings.HasPrefix(frame.Function, packagePath+".") {
			return fmt.Sprintf("%s:%d", ShortPath(frame.File), frame.Line)
		}
		if !more {
			return ""
		}
	}
}

package lahja

import (
	"context"
	"errors"
	"fmt"
)

// Handler handles one event. Its context ends when the subscription or the
// endpoint is closed, not with the sender's, and has the event's trace (TraceFrom).
// Its error is reported (Options.OnHandlerError) and the next event is handled; so it
// is when it panics or calls runtime.Goexit.
type Handler func(ctx context.Context, r Received) error

// HandlerError reports a handler that failed.
type HandlerError struct {
	// Endpoint is the name of the endpoint that subscribed, Event the wire name
	// of the event's type, Origin the name of the endpoint that broadcast it.
	Endpoint, Event, Origin string
	// ID is the event's.
	ID EventID
	// Err is what the handler returned, or a *PanicError, or ErrHandlerExited.
	Err error
}

func (e HandlerError) Error() string {
	return fmt.Sprintf("lahja: %s: handler of %s from %s: %v", e.Endpoint, e.Event, e.Origin, e.Err)
}

// Unwrap returns what the handler failed with.
func (e HandlerError) Unwrap() error { return e.Err }

// PanicError is the error of a handler that panicked.
type PanicError struct {
	// Value is what it panicked with, Stack where.
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack) }

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// ErrHandlerExited is the error of a handler that called runtime.Goexit, as
// testing.T.FailNow does.
var ErrHandlerExited = errors.New("the handler called runtime.Goexit (testing.T.FailNow does)")

package lahja

import (
	"context"
	"errors"
	"fmt"
)

// Handler handles one event. Its context carries the event's trace (TraceFrom). The context
// ends when the subscription or the endpoint closes, not with the sender's context. If a
// handler returns an error, panics or calls runtime.Goexit, that is reported
// (Options.OnHandlerError) and the next event is handled.
type Handler func(ctx context.Context, r Received) error

// HandlerError reports that a handler failed.
type HandlerError struct {
	// Endpoint is the name of the subscribing endpoint, Event the wire name of the event's
	// type, and Origin the name of the endpoint that broadcast it.
	Endpoint, Event, Origin string
	// ID is the event's id.
	ID EventID
	// Err is the handler's error, a *PanicError, or ErrHandlerExited.
	Err error
}

func (e HandlerError) Error() string {
	return fmt.Sprintf("lahja: %s: handler of %s from %s: %v", e.Endpoint, e.Event, e.Origin, e.Err)
}

// Unwrap returns Err.
func (e HandlerError) Unwrap() error { return e.Err }

// PanicError is the error of a handler that panicked.
type PanicError struct {
	// Value is the value that the handler panicked with, and Stack says where.
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack) }

// Unwrap returns Value if it is an error, and nil otherwise.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// ErrHandlerExited is the error of a handler that called runtime.Goexit, for example
// through testing.T.FailNow.
var ErrHandlerExited = errors.New("the handler called runtime.Goexit (testing.T.FailNow does)")

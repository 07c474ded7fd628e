package lahja

import (
	"context"
	"reflect"
)

// typedHandler is a handler that takes the encoded data of events and decodes it on its
// own goroutine, one event after the other. So data is decoded where it is used, into a
// value that is used again, and nothing is allocated but what the value refers to.
type typedHandler interface {
	// isHandledBy tells whether h is the same handler. It is another one where an
	// implementation of EndpointAPI has put one of its own around it, which then gets
	// every event first, and may keep it.
	isHandledBy(h Handler) bool
	// decode sets the data of the next event.
	decode(fast fastCodec, payload []byte) error
	// handleDecoded calls the handler with the event, whose data was decoded before.
	handleDecoded(ctx context.Context, r Received) error
}

// decoder is the typedHandler of Subscribe[T].
type decoder[T any] struct {
	handler func(context.Context, Event[T]) error
	untyped Handler // calls it
	next    T
	pointer reflect.Value // to next
}

func newDecoder[T any](handler func(context.Context, Event[T]) error) *decoder[T] {
	d := &decoder[T]{handler: handler}
	d.pointer = reflect.ValueOf(&d.next)
	d.untyped = func(ctx context.Context, r Received) error {
		e, err := As[T](r)
		if err != nil {
			return err
		}
		return handler(ctx, e)
	}
	return d
}

// isHandledBy compares code: functions themselves cannot be compared.
func (d *decoder[T]) isHandledBy(h Handler) bool {
	return reflect.ValueOf(h).Pointer() == reflect.ValueOf(d.untyped).Pointer()
}

func (d *decoder[T]) decode(fast fastCodec, payload []byte) error {
	var zero T
	d.next = zero
	return decodeInto(fast, d.pointer, payload)
}

func (d *decoder[T]) handleDecoded(ctx context.Context, r Received) error {
	return d.handler(ctx, Event[T]{Data: d.next, received: r})
}

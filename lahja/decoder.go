package lahja

import (
	"context"
	"reflect"
	"sync/atomic"

	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// TypedHandler is a handler that knows its Go type. It decodes the encoded data of events
// itself, one event at a time. So data is decoded where it is used, into a value that is
// reused, and only what the value refers to is allocated.
type TypedHandler interface {
	// Serves reports whether a subscription to t may call this handler instead of h. It may
	// if h is the same handler and no other subscription calls it. h is another handler if
	// an implementation of EndpointAPI has wrapped it; the wrapper then receives every
	// event first, and may keep it.
	Serves(t EventType, h Handler) bool
	// Begin sets what the next events have in common, and forgets the
	// previous event.
	Begin(common Received)
	// Decode and Set give it the next event's data. If decode may borrow, the data refers
	// to the encoded bytes and to memory of the previous event, and is valid for one call.
	Decode(t *payload.Type, data []byte, borrow bool) error
	Set(data any)
	// Call calls the handler with the event whose data it has.
	Call(ctx context.Context, sequence uint64, answers EventID, headers Headers) error
}

// decoder is the TypedHandler of Subscribe[T].
type decoder[T any] struct {
	handler func(context.Context, Event[T]) error
	untyped Handler       // calls it
	taken   atomic.Bool   // a subscription calls it
	event   Event[T]      // the next one
	data    reflect.Value // points to its data
}

func newDecoder[T any](handler func(context.Context, Event[T]) error) *decoder[T] {
	d := &decoder[T]{handler: handler}
	d.data = reflect.ValueOf(&d.event.Data)
	d.untyped = func(ctx context.Context, r Received) error {
		e, err := As[T](r)
		if err != nil {
			return err
		}
		return handler(ctx, e)
	}
	return d
}

// Serves compares code, because functions cannot be compared.
func (d *decoder[T]) Serves(t EventType, h Handler) bool {
	return t.Go == reflect.TypeFor[T]() && reflect.ValueOf(h).Pointer() == reflect.ValueOf(d.untyped).Pointer() && d.taken.CompareAndSwap(false, true)
}

func (d *decoder[T]) Begin(common Received) { d.event = Event[T]{received: common} }

func (d *decoder[T]) Decode(t *payload.Type, data []byte, borrow bool) error {
	return t.DecodeNext(d.data, data, borrow)
}

// Set takes a T or a pointer to one. The subscription checks that data is one of them.
func (d *decoder[T]) Set(data any) {
	if p, ok := data.(*T); ok {
		d.event.Data = *p
		return
	}
	d.event.Data = data.(T)
}

func (d *decoder[T]) Call(ctx context.Context, sequence uint64, answers EventID, headers Headers) error {
	d.event.received.ID.Sequence = sequence
	if headers != nil || answers != (EventID{}) {
		event := d.event
		event.received.Answers, event.received.Headers = answers, headers
		return d.handler(ctx, event)
	}
	return d.handler(ctx, d.event)
}

package lahja

import (
	"context"
	"fmt"
	"reflect"
)

// Event is a received event: its data, its origin, and a way to answer it. You cannot
// broadcast an Event itself (ErrBind). Broadcasting its Data makes a new event.
type Event[T any] struct {
	// Data equals what was broadcast, for subscribers of the sender and of its peers alike.
	// Some values arrive in another form. A time loses its monotonic clock and the name of
	// its zone. In a field of type any, a struct or map arrives as map[any]any, a slice or
	// array as []any (of bytes as []byte), a number as int64, big.Int or float64, and a nil
	// of any type or a zero time as nil. Fields tagged "-" arrive as zero, and so do fields
	// left out by omitempty.
	//
	// Subscribers of one endpoint share Data, so do not change it. With
	// SubscribeConfig.Borrow it is valid only until the handler returns.
	Data     T
	received Received
}

// Received is a received event without its Go type. Subscription.Next returns it, and a
// Handler receives it.
type Received struct {
	// Type is the event's type.
	Type EventType
	// Origin is the name of the endpoint that broadcast the event.
	Origin string
	// ID is unique on the bus. An answer carries the id of its request in Answers.
	ID EventID
	// Answers is the id of the request that this event answers, or zero.
	Answers EventID
	// Headers came with the event, nil if there were none. All receivers share the map, so
	// do not change it.
	Headers Headers

	data     any // a value of Type.Go, or a pointer to one
	endpoint EndpointAPI
}

// Data returns the event's data, a value of Type.Go. Subscribers of one endpoint share it.
func (r Received) Data() any {
	if v := reflect.ValueOf(r.data); v.Kind() == reflect.Pointer {
		return v.Elem().Interface()
	}
	return r.data
}

// NewReceived is for implementations of EndpointAPI. It returns r as an event that ep
// received and that can be answered through ep.
func NewReceived(ep EndpointAPI, r Received) Received {
	r.endpoint = ep
	return r
}

// WithData is for implementations of EndpointAPI. It returns the event with that data, a
// value of Type.Go or a pointer to one.
func (r Received) WithData(data any) Received {
	r.data = data
	return r
}

// EventID identifies an event. The zero value identifies none.
type EventID struct {
	// Instance is a random number of the run of the endpoint that broadcast the event.
	Instance uint64
	// Sequence counts the events of that run, from 1. For a request it is a random number
	// instead, so that nobody can guess which id to answer: do not give it to others.
	Sequence uint64
}

// IsZero reports whether the id identifies no event.
func (id EventID) IsZero() bool { return id == EventID{} }

func (id EventID) String() string { return fmt.Sprintf("%016x-%d", id.Instance, id.Sequence) }

// Origin returns the name of the endpoint that broadcast the event.
func (e Event[T]) Origin() string { return e.received.Origin }

// ID returns the event's id, which is unique on the bus.
func (e Event[T]) ID() EventID { return e.received.ID }

// Answers returns the id of the request that this event answers, or zero.
func (e Event[T]) Answers() EventID { return e.received.Answers }

// Headers returns the headers that came with the event, nil if there were none. All
// receivers share the map, so do not change it.
func (e Event[T]) Headers() Headers { return e.received.Headers }

// Trace returns the trace that the event belongs to, and whether there is one. A handler's
// context already carries it (TraceFrom). With a stream, pass it on with WithTrace.
func (e Event[T]) Trace() (TraceContext, bool) { return e.received.Headers.Trace() }

// Received returns the event without its Go type.
func (e Event[T]) Received() Received {
	r := e.received
	if r.data == nil && r.Type.Go != nil { // It was decoded as a T at once.
		data := e.Data
		r.data = &data
	}
	return r
}

// BroadcastConfig returns the config that makes a broadcast an answer to this event: it
// goes to the event's origin alone. If internal is set, the answer stays within the
// endpoint, for requests that the endpoint made itself.
func (e Event[T]) BroadcastConfig(internal bool) BroadcastConfig {
	return e.received.BroadcastConfig(internal)
}

// Respond broadcasts answer to the event's origin, as an answer to this event. The answer
// has no headers, except for the trace of ctx if there is one. To set headers, broadcast it
// with this event's BroadcastConfig.
func (e Event[T]) Respond(ctx context.Context, answer any) error {
	return e.received.Respond(ctx, answer)
}

func (e Event[T]) String() string { return fmt.Sprintf("%+v from %s", e.Data, e.received.Origin) }

// GomegaString is what a failed Gomega assertion prints. Without it, Gomega would print the
// whole endpoint that received the event, and read it while others write to it.
func (e Event[T]) GomegaString() string { return e.String() }

// BroadcastConfig is like Event.BroadcastConfig.
func (r Received) BroadcastConfig(internal bool) BroadcastConfig {
	if internal {
		return BroadcastConfig{FilterEventID: r.ID, Internal: true}
	}
	return BroadcastConfig{FilterEndpoints: []string{r.Origin}, FilterEventID: r.ID}
}

// Respond is like Event.Respond.
func (r Received) Respond(ctx context.Context, answer any) error {
	if r.endpoint == nil {
		return &Error{Op: "respond", Event: r.Type.Name, Kind: ErrBind,
			Detail: "this event was not received from an endpoint; only a received event can be answered"}
	}
	return r.endpoint.Broadcast(ctx, answer, r.BroadcastConfig(false))
}

// BoundAs returns the event's wire name. A value with this method is a received event,
// and broadcasting it is ErrBind.
func (e Event[T]) BoundAs() string { return e.received.Type.Name }

// BoundAs is like Event.BoundAs.
func (r Received) BoundAs() string { return r.Type.Name }

func (r Received) String() string { return fmt.Sprintf("%+v from %s", r.Data(), r.Origin) }

// GomegaString is like Event.GomegaString.
func (r Received) GomegaString() string { return r.String() }

// As returns the received event with its Go type. It fails if the event has another type.
func As[T any](r Received) (Event[T], error) {
	switch data := r.data.(type) {
	case *T:
		return Event[T]{Data: *data, received: r}, nil
	case T:
		return Event[T]{Data: data, received: r}, nil
	}
	var want T
	return Event[T]{}, &Error{Op: "as", Event: r.Type.Name, Kind: ErrUnexpectedResponse,
		Detail: fmt.Sprintf("the event is a %T, not a %T", r.Data(), want)}
}

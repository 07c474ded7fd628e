package lahja

import (
	"context"
	"fmt"
	"reflect"
)

// Event is a received event: the data, where it came from, and how to answer.
// Broadcasting an Event as it stands is ErrBind; broadcasting its Data is a new
// event.
type Event[T any] struct {
	// Data is equal to what was broadcast, and the same for subscribers of the
	// sender and of its peers. Some values arrive in another form: a time without its
	// monotonic clock and the name of its zone; in a field of type any, a struct or a
	// map as map[any]any, a slice or an array as []any (of bytes as []byte), a number
	// as int64, big.Int or float64, and a nil of any type or a zero time as nil.
	// Fields tagged "-" arrive zero, and so do those left out by omitempty.
	//
	// Subscribers of one endpoint share Data, so it must not be changed. In an inline
	// handler it is good until that returns.
	Data     T
	received Received
}

// Received is a received event before it has its Go type: what Subscription.Next
// and a Handler get.
type Received struct {
	// Type is the event's type.
	Type EventType
	// Origin is the name of the endpoint that broadcast the event.
	Origin string
	// ID is unique on the bus. An answer carries the id of its request as
	// Answers.
	ID EventID
	// Answers is the id of the request that the event answers, or zero.
	Answers EventID
	// Headers came with the event; nil where there were none. Those who receive the
	// event share the map, so it must not be changed.
	Headers Headers

	data     any // a value of Type.Go, or a pointer to one
	endpoint EndpointAPI
}

// Data is the event's, a value of Type.Go. Subscribers of one endpoint share it.
func (r Received) Data() any {
	if v := reflect.ValueOf(r.data); v.Kind() == reflect.Pointer {
		return v.Elem().Interface()
	}
	return r.data
}

// NewReceived is for implementations of EndpointAPI: it makes an event that was
// received by ep and can be answered through it.
func NewReceived(ep EndpointAPI, r Received) Received {
	r.endpoint = ep
	return r
}

// EventID identifies an event. The zero value identifies none.
type EventID struct {
	// Instance is the random number of the endpoint's run that broadcast it.
	Instance uint64
	// Sequence counts the events of that run, from 1. A request's is a random number
	// instead, so that nobody can guess which id to answer: do not give it to others.
	Sequence uint64
}

// IsZero tells whether the id identifies no event.
func (id EventID) IsZero() bool { return id == EventID{} }

func (id EventID) String() string { return fmt.Sprintf("%016x-%d", id.Instance, id.Sequence) }

// Origin is the name of the endpoint that broadcast the event.
func (e Event[T]) Origin() string { return e.received.Origin }

// ID is the event's id, unique on the bus.
func (e Event[T]) ID() EventID { return e.received.ID }

// Answers is the id of the request that the event answers, or zero.
func (e Event[T]) Answers() EventID { return e.received.Answers }

// Headers came with the event; nil where there were none. Subscribers share the map,
// so it must not be changed.
func (e Event[T]) Headers() Headers { return e.received.Headers }

// Trace is the trace that the event belongs to, and whether there is one. The context
// of a handler has it already (TraceFrom); with a stream, WithTrace goes on with it.
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

// BroadcastConfig returns the config that makes an event an answer to this one:
// it goes to this event's origin alone. With internal the answer stays within
// the endpoint, which answers a request of its own.
func (e Event[T]) BroadcastConfig(internal bool) BroadcastConfig {
	return e.received.BroadcastConfig(internal)
}

// Respond broadcasts answer to the origin of the event, as the answer to it. The
// answer has no headers, unless ctx has a trace; with headers it is a broadcast with
// this event's BroadcastConfig.
func (e Event[T]) Respond(ctx context.Context, answer any) error {
	return e.received.Respond(ctx, answer)
}

func (e Event[T]) String() string { return fmt.Sprintf("%+v from %s", e.Data, e.received.Origin) }

// GomegaString is what a failed Gomega assertion shows. It would else show, and read
// while others write it, all of the endpoint that received the event.
func (e Event[T]) GomegaString() string { return e.String() }

// BroadcastConfig is Event.BroadcastConfig.
func (r Received) BroadcastConfig(internal bool) BroadcastConfig {
	if internal {
		return BroadcastConfig{FilterEventID: r.ID, Internal: true}
	}
	return BroadcastConfig{FilterEndpoints: []string{r.Origin}, FilterEventID: r.ID}
}

// Respond is Event.Respond.
func (r Received) Respond(ctx context.Context, answer any) error {
	if r.endpoint == nil {
		return &Error{Op: "respond", Event: r.Type.Name, Kind: ErrBind,
			Detail: "this event was not received from an endpoint; only a received event can be answered"}
	}
	return r.endpoint.Broadcast(ctx, answer, r.BroadcastConfig(false))
}

// boundAs marks what must not be broadcast again. It is the event's wire name.
func (e Event[T]) boundAs() string { return e.received.Type.Name }
func (r Received) boundAs() string { return r.Type.Name }

type alreadyBound interface{ boundAs() string }

func (r Received) String() string { return fmt.Sprintf("%+v from %s", r.Data(), r.Origin) }

// GomegaString is Event.GomegaString.
func (r Received) GomegaString() string { return r.String() }

// As gives a received event its Go type. It fails when the event is of another.
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

package lahja

import (
	"context"
	"fmt"
	"reflect"
)

// Broadcast sends event to its subscribers; see EndpointAPI.Broadcast. Pass at most one
// config. Do not change afterwards what event refers to (slices, maps, pointers):
// subscribers of ep itself may share it.
func Broadcast(ctx context.Context, ep EndpointAPI, event any, config ...BroadcastConfig) error {
	return ep.Broadcast(ctx, event, one(config))
}

// BroadcastNowait is like Broadcast, but never blocks: if a queue is full it returns
// ErrQueueFull. It takes no context, so the event carries no trace. To have both, use
// Broadcast with BroadcastConfig.NoWait.
func BroadcastNowait(ep EndpointAPI, event any, config ...BroadcastConfig) error {
	c := one(config)
	c.NoWait = true
	return ep.Broadcast(context.Background(), event, c)
}

// Request broadcasts request and waits for the first answer. The answer's type is inferred
// from the Expects that the request embeds. An answer of another type is
// ErrUnexpectedResponse. If every endpoint that received the request has gone, the error is
// ErrRemoteDisconnected. To receive all answers, use RequestAll.
func Request[Req Requester[Res], Res any](ctx context.Context, ep EndpointAPI, request Req, config ...BroadcastConfig) (Event[Res], error) {
	answers, err := ask[Res](ctx, ep, request, one(config))
	if err != nil {
		return Event[Res]{}, err
	}
	defer done(ep, answers)
	r, err := firstOf(ctx, answers)
	if err != nil {
		return Event[Res]{}, err
	}
	return As[Res](r)
}

// recycler is implemented by endpoints that reuse the memory of answers.
type recycler interface {
	// Recycle hands over answers that are closed and that nobody refers to any more.
	// gotFrom is the endpoint that returned them, which may wrap this one and have kept
	// them.
	Recycle(gotFrom EndpointAPI, answers Answers)
}

// done closes answers that nobody else holds.
func done(ep EndpointAPI, answers Answers) {
	answers.Close()
	if r, ok := ep.(recycler); ok {
		r.Recycle(ep, answers)
	}
}

// Subscribe calls handler for every event of type T, one at a time, on varying goroutines. The
// handler may block. If it fails, the error is reported (Options.OnHandlerError) and the next
// event is handled. Pass at most one config.
func Subscribe[T any](ep EndpointAPI, handler func(ctx context.Context, e Event[T]) error, config ...SubscribeConfig) (*Subscription, error) {
	t, err := receivable[T]("subscribe", ep)
	if err != nil {
		return nil, err
	}
	if handler == nil {
		return nil, &Error{Op: "subscribe", Endpoint: ep.Name(), Event: t.Name, Kind: ErrInvalid,
			Detail: "the handler is nil; pass a function, or use NewStream"}
	}
	c, own := one(config), newDecoder(handler)
	c.typed = own
	return ep.Subscribe(t, own.untyped, c)
}

// WaitFor waits for the next event of type T.
func WaitFor[T any](ctx context.Context, ep EndpointAPI) (Event[T], error) {
	if err := ctx.Err(); err != nil { // before peers hear of it
		return Event[T]{}, &Error{Op: "wait for", Endpoint: ep.Name(), Detail: "no event", Err: err}
	}
	s, err := NewStream[T](ep)
	if err != nil {
		return Event[T]{}, err
	}
	defer s.Close()
	return s.Next(ctx)
}

// receivable returns the event type of T, which must not be a pointer: events arrive as
// structs, even if a pointer was broadcast.
func receivable[T any](op string, ep EndpointAPI) (EventType, error) {
	t, err := TypeOf[T]()
	if got := reflect.TypeFor[T](); err == nil && got != t.Go {
		err = &Error{Op: op, Event: t.Name, Kind: ErrInvalid, Detail: fmt.Sprintf("events arrive as values: use %s, not %s", t.Go, got)}
	}
	return t, Completed(err, Error{Endpoint: ep.Name()})
}

func one[C any](configs []C) C {
	switch len(configs) {
	case 0:
		var zero C
		return zero
	case 1:
		return configs[0]
	}
	panic(fmt.Sprintf("lahja: more than one %T given; merge them into one", configs[0]))
}

package lahja

import (
	"context"
	"fmt"
	"iter"
)

// Stream receives every event of type T from its creation on, in order for each sender. You
// may close it without reading. Check Err after a loop over it, as with a bufio.Scanner:
//
//	for e := range stream.All(ctx) {
//		fmt.Println(e.Data)
//	}
//	if err := stream.Err(); err != nil {
//		return err
//	}
//
// All methods are safe for concurrent use.
type Stream[T any] struct {
	sub  *Subscription
	loop loopErrors
}

// NewStream registers a stream. Events that are broadcast from now on are queued for it.
// Pass at most one config.
func NewStream[T any](ep EndpointAPI, config ...SubscribeConfig) (*Stream[T], error) {
	t, err := receivable[T]("subscribe", ep)
	if err != nil {
		return nil, err
	}
	sub, err := ep.Subscribe(t, nil, one(config))
	if err != nil {
		return nil, err
	}
	return &Stream[T]{sub: sub}, nil
}

// Next waits for the next event. It returns ErrLifecycle if the stream or its endpoint is
// closed.
func (s *Stream[T]) Next(ctx context.Context) (Event[T], error) {
	r, err := s.sub.Next(ctx)
	if err != nil {
		return Event[T]{}, err
	}
	return As[T](r)
}

// TryNext returns the next event if one is queued.
func (s *Stream[T]) TryNext() (Event[T], bool) {
	r, ok := s.sub.TryNext()
	if !ok {
		return Event[T]{}, false
	}
	e, err := As[T](r)
	return e, err == nil
}

// All yields events until the loop breaks, ctx ends, or the stream or its endpoint is
// closed. Err then returns the reason. The end of the loop closes the stream.
func (s *Stream[T]) All(ctx context.Context) iter.Seq[Event[T]] {
	return s.closing(func(yield func(Event[T]) bool) error {
		for {
			e, err := s.Next(ctx)
			if err != nil || !yield(e) {
				return err
			}
		}
	})
}

// Take is like All, but stops after n events. If n is 0 the loop ends at once. If n is
// negative it yields nothing, and Err returns ErrInvalid.
func (s *Stream[T]) Take(ctx context.Context, n int) iter.Seq[Event[T]] {
	return s.closing(func(yield func(Event[T]) bool) error {
		if n < 0 {
			return s.invalid(fmt.Sprintf("Take of %d events; the least is 0, and All has no limit", n))
		}
		for range n {
			e, err := s.Next(ctx)
			if err != nil || !yield(e) {
				return err
			}
		}
		return nil
	})
}

// invalid returns the error of a misuse. The stream may be the zero value.
func (s *Stream[T]) invalid(detail string) error {
	e := &Error{Op: "next", Kind: ErrInvalid, Detail: detail}
	if !s.sub.isZero() {
		e.Event = s.sub.Type().Name
	}
	return e
}

// Err returns why the last loop over All or Take ended: nil if the loop broke or received
// all the events it asked for, and otherwise an *Error that wraps the context's error or is
// ErrLifecycle. It is nil before the first loop and during a loop.
func (s *Stream[T]) Err() error { return s.loop.joined() }

// closing wraps a loop so that its end closes the stream.
func (s *Stream[T]) closing(loop func(yield func(Event[T]) bool) error) iter.Seq[Event[T]] {
	return func(yield func(Event[T]) bool) {
		defer s.Close()
		s.loop.begin()
		s.loop.finish(loop(yield))
	}
}

// Close unsubscribes. Closing again is safe, and so is closing nil or the zero value.
func (s *Stream[T]) Close() {
	if s != nil && s.sub != nil {
		s.sub.Close()
	}
}

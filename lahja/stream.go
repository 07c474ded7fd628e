package lahja

import (
	"context"
	"fmt"
	"iter"
)

// Stream is every event of type T from its creation on, in order per sender. It
// may be closed unread. A loop over it ends like one over a bufio.Scanner:
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

// NewStream registers a stream: events broadcast from now on are kept for it. At most
// one config is allowed.
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

// Next waits for the next event. It fails with ErrLifecycle when the stream or
// its endpoint is closed.
func (s *Stream[T]) Next(ctx context.Context) (Event[T], error) {
	r, err := s.sub.Next(ctx)
	if err != nil {
		return Event[T]{}, err
	}
	return As[T](r)
}

// TryNext returns the next event if it is there already.
func (s *Stream[T]) TryNext() (Event[T], bool) {
	r, ok := s.sub.TryNext()
	if !ok {
		return Event[T]{}, false
	}
	e, err := As[T](r)
	return e, err == nil
}

// All yields events until the loop breaks, ctx ends, or the stream or its
// endpoint is closed; Err says which of them it was. The end of the loop closes the
// stream.
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

// Take is All for the next n events. Zero is none: the loop ends at once. A negative
// n yields nothing either, and Err is ErrInvalid.
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

// invalid is the error of a use that is a mistake, also of the zero value.
func (s *Stream[T]) invalid(detail string) error {
	e := &Error{Op: "next", Kind: ErrInvalid, Detail: detail}
	if !s.sub.isZero() {
		e.Event = s.sub.Type().Name
	}
	return e
}

// Err is why the last loop over All or Take ended: nil after a break or all the events
// asked for, else an *Error that wraps the context's error or is ErrLifecycle. It is
// nil before the first loop and during one.
func (s *Stream[T]) Err() error { return s.loop.joined() }

// closing is a loop that closes the stream when it ends.
func (s *Stream[T]) closing(loop func(yield func(Event[T]) bool) error) iter.Seq[Event[T]] {
	return func(yield func(Event[T]) bool) {
		defer s.Close()
		s.loop.begin()
		s.loop.finish(loop(yield))
	}
}

// Close unsubscribes. It is idempotent, and safe on the zero value.
func (s *Stream[T]) Close() {
	if s != nil && s.sub != nil {
		s.sub.Close()
	}
}
